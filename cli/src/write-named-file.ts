import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import type { CommandContext } from './context.ts';
import type { Say } from './language.ts';
import { systemReason } from './system-reason.ts';
import { usageError } from './usage-errors.ts';

/** Writes what a command makes to where its user wants it. Throws `usage` with the system's reason. */
export async function writeNamedFile(file: string, text: string, { say }: Pick<CommandContext, 'say'>): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw usageError(say('file.unwritable', { file, reason: systemReason(error, say) }), say('file.unwritable.hint'));
  }
}

export interface NewSecretFile extends AsyncDisposable {
  readonly path: string;
  write(content: string): Promise<void>;
}

/** A file that only its owner can read, and that was not there; it is gone again when nothing was written. Throws `usage`. */
export async function openNewSecret(path: string, say: Say): Promise<NewSecretFile> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw usageError(say('file.exists', { file: path }), say('file.exists.hint'));
    throw usageError(
      say('file.unwritable', { file: path, reason: systemReason(error, say) }),
      say('file.unwritable.hint'),
    );
  }
  let isWritten = false;
  return {
    path,
    write: async (content) => {
      await file.writeFile(content);
      await file.sync();
      isWritten = true;
    },
    [Symbol.asyncDispose]: async () => {
      await file.close();
      if (!isWritten) await rm(path, { force: true });
    },
  };
}
