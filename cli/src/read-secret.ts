/**
 * The value of a secret: everything on stdin, or at a terminal a line that is not shown. Never an argument, which other
 * users of the machine can see and the shell's history keeps. One line end behind the value is not part of it.
 */
import { SECRET_BYTES } from '@sovfn/protocol';
import { isUtf8 } from 'node:buffer';
import { addAbortSignal } from 'node:stream';
import type { CommandContext } from './context.ts';
import { usageError } from './usage-errors.ts';

/** A line end and what UTF-8 may need behind a value of the largest size. */
const READ_BYTES = SECRET_BYTES + 2;
const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
const ERASE: ReadonlySet<string> = new Set(['\b', '\u007f']);
const LINE_ENDS: ReadonlySet<string> = new Set(['\r', '\n', END_OF_INPUT]);

/** Throws `usage` when there is none, when it is too long, or when it is no text. */
export async function readSecret(name: string, context: CommandContext): Promise<string> {
  const { stdin, say } = context;
  const value = stdin.isTTY === true ? await promptHidden(name, context) : await readAll(context);
  if (value === '') throw usageError(say('secrets.empty', { name }), say('secrets.empty.hint', { name }));
  return value;
}

async function readAll({ stdin, signal, say }: CommandContext): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of addAbortSignal(signal, stdin) as AsyncIterable<Buffer | string>) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > READ_BYTES)
      throw usageError(say('secrets.too-long', { limit: SECRET_BYTES }), say('secrets.form.hint'));
    chunks.push(piece);
  }
  const content = Buffer.concat(chunks);
  if (!isUtf8(content)) throw usageError(say('secrets.binary'), say('secrets.form.hint'));
  return content.toString('utf8').replace(/\r?\n$/, '');
}

/** Reads a line key by key. The terminal is put back however it ends. */
async function promptHidden(name: string, { stdin, output, say, signal }: CommandContext): Promise<string> {
  output.progress(say('secrets.prompt', { name }));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let typed: string[] = [];
  const onData = (keys: Buffer | string): void => {
    for (const key of keys.toString()) {
      if (LINE_ENDS.has(key)) return resolve(typed.join(''));
      if (key === INTERRUPT) return void process.kill(process.pid, 'SIGINT');
      if (ERASE.has(key)) typed = typed.slice(0, -1);
      else typed.push(key);
    }
  };
  const onAbort = (): void => reject(signal.reason as Error);
  stdin.setRawMode?.(true);
  stdin.on('data', onData).once('end', () => resolve(''));
  signal.addEventListener('abort', onAbort);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    stdin.off('data', onData).pause();
    stdin.setRawMode?.(false);
  }
}
