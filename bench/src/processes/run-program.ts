import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Longest run; then the program is killed. Milliseconds. */
  readonly limitMs: number;
  /** Kills the program. */
  readonly signal: AbortSignal;
}

/** Runs a program to its end; resolves with what it printed on stdout. Throws with its stderr when it fails. */
export async function runProgram(binary: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const { env = process.env, limitMs, signal } = options;
  try {
    const { stdout } = await execute(binary, args, { env, timeout: limitMs, signal, killSignal: 'SIGKILL' });
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
    // Node's own message already holds the command line and stderr.
    throw new Error(`a program of the benchmark failed, or was not over after ${limitMs} ms`, { cause: error });
  }
}
