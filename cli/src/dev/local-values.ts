/**
 * `.env.local` beside `sovfn.jsonc`: values for this machine alone. Those of names in `secrets`, and of webhooks' secrets,
 * become secrets of the function on the development platform; those of names in `vars` stand in for what the file says.
 * Only `sovfn dev` reads it: no deploy ever does.
 */
import { type FunctionConfig, secretNames } from '@sovfn/protocol';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

export const LOCAL_FILE = '.env.local';

export type LocalValues = Readonly<Record<string, string>>;

/** None when there is no such file. */
export async function readLocalValues(folder: string): Promise<LocalValues> {
  const text = await readFile(join(folder, LOCAL_FILE), 'utf8').catch(() => '');
  return Object.fromEntries(
    Object.entries(parseEnv(text)).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Names of the file that mean nothing in `sovfn.jsonc`: probably written wrongly, or no longer used. */
export function unusedNames(values: LocalValues, config: FunctionConfig): string[] {
  const used = new Set([...secretNames(config), ...Object.keys(config.vars)]);
  return Object.keys(values).filter((name) => !used.has(name));
}
