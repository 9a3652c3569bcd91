import { resolve } from 'node:path';

/** Name of the function whose folder `cwd` is. Throws what is wrong with its configuration. */
export async function functionOfFolder(cwd: string): Promise<string> {
  const { readConfig } = await import('@sovfn/builder');
  return (await readConfig(resolve(cwd))).config.name;
}
