import { SovfnError } from '@sovfn/protocol';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from './context.ts';

/** Reads a file that the user named. Throws `config-not-found` with the system's reason. */
export async function readNamedFile(file: string, { say, cwd }: CommandContext): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new SovfnError('config-not-found', say('receipts.unreadable', { file: resolve(cwd, file), reason }), {
      cause,
    });
  }
}
