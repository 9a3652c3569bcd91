/** Runs a program of this repository and shows what it prints. */
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const NODE_BIN = fileURLToPath(new URL('../node_modules/.bin/', import.meta.url));

/** The pinned Node first, no telemetry of any tool. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${NODE_BIN}:${process.env.PATH ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  };
}

/** Resolves to the exit code; 1 when a signal ended the program. */
export function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(`${NODE_BIN}${program}`, args, { cwd: ROOT, stdio: 'inherit', env: toolEnvironment() });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** The JSON that the program prints. Throws when it fails, or prints something else. */
export async function readJson(program: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await execute(`${NODE_BIN}${program}`, args, { cwd: ROOT, env: toolEnvironment() });
  return JSON.parse(stdout);
}
