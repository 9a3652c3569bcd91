/** Builds an entry file of the suite as `sovfn deploy` would. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Build, buildFunction } from '@sovfn/builder';

/** The function `name` with the default export of the absolute `file`. */
export async function buildEntry(name: string, file: string): Promise<Build> {
  const folder = await mkdtemp(join(tmpdir(), 'sovfn-compat-'));
  try {
    await mkdir(join(folder, 'src'));
    await writeFile(
      join(folder, 'sovfn.jsonc'),
      JSON.stringify({ name, main: 'src/index.js', vars: { CURRENCY: 'EUR' } }),
    );
    await writeFile(join(folder, 'src/index.js'), `export { default } from ${JSON.stringify(file)};\n`);
    return await buildFunction(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
