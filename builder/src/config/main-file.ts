import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ConfigDocument } from './document.ts';
import { configError } from './read-config.ts';

/**
 * The entry file's path relative to the folder, in its shortest form.
 *
 * @throws SovfnError `config-invalid` when it lies outside the folder or is no file.
 */
export async function findMain(root: string, main: string, document: ConfigDocument): Promise<string> {
  const path = posix.normalize(main);
  if (posix.isAbsolute(path) || path.split('/')[0] === '..')
    throw mainError(document, main, 'must lie inside the folder');
  const isFile = await stat(join(root, path)).then(
    (found) => found.isFile(),
    // Whatever keeps the file from being looked at keeps it from being read.
    () => false,
  );
  if (!isFile) throw mainError(document, main, 'must be a file of the folder, and there is none of this name');
  return path;
}

function mainError(document: ConfigDocument, main: string, rule: string): Error {
  const hint = 'Create the file, or name the entry file of the function in "main".';
  const text = `"main" is ${JSON.stringify(main)}: it ${rule}.`;
  return configError([{ position: document.positionOf(['main']), text, notes: [], hint }]);
}
