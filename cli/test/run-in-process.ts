/** The command line without a process of its own: what it would be given, and what it wrote. */
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ExitCode } from '../src/command.ts';
import { runCli } from '../src/run.ts';
import { assertDocumented } from './documented-json.ts';

export interface Given {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A stream: what is typed while the command runs. */
  readonly stdin?: string | Readable;
  /** Are stdin, stdout and stderr a terminal? */
  readonly isTTY?: boolean;
  /** Characters of a line of that terminal. */
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

export interface Written {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

export async function runInProcess(argv: readonly string[], given: Given = {}): Promise<Written> {
  const run = startInProcess(argv, given);
  const code = await run.code;
  const [stdoutBytes, stderr] = await Promise.all([run.stdoutBytes, run.stderr]);
  return { code, stdoutBytes, stdout: stdoutBytes.toString(), stderr: stderr.toString() };
}

/** For commands that run until they are told to end: what they write can be waited for meanwhile. */
export function startInProcess(argv: readonly string[], given: Given = {}) {
  const { isTTY = false, columns, env = {}, cwd = process.cwd(), signal = new AbortController().signal } = given;
  const stdout = Object.assign(new PassThrough(), { isTTY, ...(columns !== undefined && { columns }) });
  const stderr = Object.assign(new PassThrough(), { isTTY, ...(columns !== undefined && { columns }) });
  const typed = given.stdin ?? '';
  const stdin = Object.assign(typeof typed === 'string' ? Readable.from([typed]) : typed, { isTTY });
  const stdoutBytes = buffer(stdout);
  const run = async (): Promise<ExitCode> => {
    const code = await runCli(argv, { stdin, stdout, stderr, env, cwd, signal }).finally(() => {
      stdout.end();
      stderr.end();
    });
    assertDocumented(argv, code, String(await stdoutBytes));
    return code;
  };
  return {
    code: run(),
    stdoutBytes,
    stderr: buffer(stderr),
    untilStdout: watchFor(stdout),
    untilStderr: watchFor(stderr),
    untilStderrMatches: watchForMatch(stderr),
    untilStdoutMatches: watchForMatch(stdout),
  };
}

/** Resolves when the stream has shown the text, since the text that was waited for before. */
export function watchFor(stream: Readable): (text: string) => Promise<void> {
  let seen = '';
  stream.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  return async (text) => {
    while (!seen.includes(text)) await once(stream, 'data');
    seen = seen.slice(seen.indexOf(text) + text.length);
  };
}

/** Resolves with what fits, when the stream has shown it. */
function watchForMatch(stream: Readable): (pattern: RegExp) => Promise<string> {
  let seen = '';
  stream.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  return async (pattern) => {
    for (;;) {
      const found = pattern.exec(seen)?.[0];
      if (found !== undefined) return found;
      await once(stream, 'data');
    }
  };
}
