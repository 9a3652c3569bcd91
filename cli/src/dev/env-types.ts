import type { FunctionConfig } from '@sovfn/protocol';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentTypes, TYPES_FILE } from '../commands/types.ts';

/** Brings the types of `env` up with sovfn.jsonc, in a folder that has them. */
export async function keepTypes(folder: string, config: FunctionConfig): Promise<void> {
  const path = join(folder, TYPES_FILE);
  const written = await readFile(path, 'utf8').catch(() => null);
  const wanted = environmentTypes(config);
  if (written !== null && written !== wanted) await writeFile(path, wanted);
}
