import { CONFIG_FILE } from '@sovfn/builder';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Say } from '../language.ts';
import { TranslatedError } from '../translated-error.ts';

/**
 * Folders of the functions in a folder: itself, or those directly below it. Throws `config-not-found` when there is none.
 */
export async function findFunctions(root: string, say: Say): Promise<string[]> {
  if (await isFile(join(root, CONFIG_FILE))) return [root];
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const below = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map(({ name }) => join(root, name))
    .toSorted();
  const found: string[] = [];
  for (const folder of below) if (await isFile(join(folder, CONFIG_FILE))) found.push(folder);
  if (found.length > 0) return found;
  throw new TranslatedError('config-not-found', say('dev.no-function', { folder: root, file: CONFIG_FILE }), {
    hint: say('dev.no-function.hint'),
    facts: { path: root },
  });
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}
