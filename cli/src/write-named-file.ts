import { writeFile } from 'node:fs/promises';
import type { CommandContext } from './context.ts';
import { usageError } from './usage-errors.ts';

/** Writes what a command makes to where its user wants it. Throws `usage` with the system's reason. */
export async function writeNamedFile(file: string, text: string, { say }: Pick<CommandContext, 'say'>): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw usageError(say('file.unwritable', { file, reason: (error as Error).message }), say('file.unwritable.hint'));
  }
}
