/** The command line without a process of its own: what it would be given, and what it wrote. */
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ExitCode } from '../src/command.ts';
import { runCli } from '../src/run.ts';

export interface Given {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Are stdin, stdout and stderr a terminal? */
  readonly isTTY?: boolean;
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

/** For commands that run until they are told to end: what they write can be read meanwhile. */
export function startInProcess(argv: readonly string[], given: Given = {}) {
  const { isTTY = false, env = {}, cwd = process.cwd(), signal = new AbortController().signal } = given;
  const stdout = Object.assign(new PassThrough(), { isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const stdin = Object.assign(Readable.from([given.stdin ?? '']), { isTTY });
  const code = runCli(argv, { stdin, stdout, stderr, env, cwd, signal }).finally(() => {
    stdout.end();
    stderr.end();
  });
  return { code, stdoutBytes: buffer(stdout), stderr: buffer(stderr), stdout };
}
