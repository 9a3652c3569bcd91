import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from './context.ts';
import { systemReason } from './system-reason.ts';
import { TranslatedError } from './translated-error.ts';

/** Reads a file that the user named. Throws `config-not-found` with the system's reason. */
export async function readNamedFile(file: string, context: Pick<CommandContext, 'say' | 'cwd'>): Promise<string> {
  return (await readNamedBytes(file, context)).toString('utf8');
}

export async function readNamedBytes(file: string, { say, cwd }: Pick<CommandContext, 'say' | 'cwd'>): Promise<Buffer> {
  const path = resolve(cwd, file);
  try {
    return await readFile(path);
  } catch (cause) {
    const text = say('file.unreadable', { file: path, reason: systemReason(cause, say) });
    throw new TranslatedError('config-not-found', text, { hint: say('file.unreadable.hint'), cause });
  }
}
