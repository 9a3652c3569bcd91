/**
 * A server that is measured, in a process of its own: started, found at the port it says, and ended by pid. It never
 * outlives this process, unless that is killed with SIGKILL.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface ServerCommand {
  readonly binary: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Descriptor on which it prints one JSON line with its `port` when it listens. */
  readonly reportsOn: 1 | 3;
}

export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  /** All that it has printed in that line. */
  readonly report: unknown;
}

const READY_MS = 60_000;
const STOP_MS = 5_000;
const KEPT_OUTPUT_CHARS = 4_096;

const reportSchema = z.looseObject({ port: z.int().min(1).max(65_535) });

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs a file of `programs/` under this Node, with flags of Node's. It ends by itself when its stdin closes. */
export async function startProgram(
  name: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<ServerProcess> {
  const file = fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));
  return startServer({ binary: process.execPath, args: [...flags, file, ...args], reportsOn: 1 });
}

/** Resolves when the server listens. Throws with its last output when it does not within READY_MS. */
export async function startServer({ binary, args, env, reportsOn }: ServerCommand): Promise<ServerProcess> {
  const child = spawn(binary, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', reportsOn === 1 ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-KEPT_OUTPUT_CHARS);
  });
  try {
    await once(child, 'spawn');
    const report = await firstReport(child, child.stdio[reportsOn] as Readable);
    return { port: report.port, report, [Symbol.asyncDispose]: async () => end(child) };
  } catch (cause) {
    await end(child);
    throw new Error(`${[binary, ...args].join(' ')} did not start. Its last output:\n${output}`, { cause });
  }
}

async function firstReport(child: ChildProcess, reports: Readable): Promise<z.output<typeof reportSchema>> {
  const signal = AbortSignal.timeout(READY_MS);
  const line = once(createInterface({ input: reports }), 'line', { signal }) as Promise<[string]>;
  const exit = once(child, 'exit', { signal }).then(() => null);
  const first = await Promise.race([line, exit]);
  if (first === null) throw new Error('it ended without a word');
  return reportSchema.parse(JSON.parse(first[0]));
}

async function end(child: ChildProcess): Promise<void> {
  if (!running.has(child) || child.pid === undefined) return void running.delete(child);
  const exit = once(child, 'exit').then(() => true);
  child.kill('SIGTERM');
  if (await Promise.race([exit, delay(STOP_MS, false, { ref: false })])) return;
  child.kill('SIGKILL');
  await exit;
}
