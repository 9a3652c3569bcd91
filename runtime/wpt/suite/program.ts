import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const LIMIT_MS = 300_000;

/** Runs a program to its end, at most five minutes. Throws with what it wrote on stderr unless it exits with 0. */
export async function runProgram(program: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(program, args, { timeout: LIMIT_MS });
}
