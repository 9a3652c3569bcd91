/** A process and all that it has started, seen from outside. Linux only. */
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { residentMb } from '../test/processes.ts';
import type { PartSample } from './sample.ts';

export async function processTree(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const started = await Promise.all(
    threads.map(async (thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  const children = started.flatMap((text) => text.split(' ').filter((word) => word !== '')).map(Number);
  return [pid, ...(await Promise.all(children.map(processTree))).flat()];
}

/** Name of the program that a process runs; empty when it has ended. */
export async function programOf(pid: number): Promise<string> {
  const [program = ''] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return basename(program);
}

/** All together. A process that ends meanwhile holds nothing. */
export async function sampleProcesses(pids: readonly number[]): Promise<PartSample> {
  const all = await Promise.all(pids.map(async (pid) => sampleProcess(pid).catch(() => ({ mb: 0, handles: 0 }))));
  const sum = (of: (one: (typeof all)[number]) => number): number => all.reduce((total, one) => total + of(one), 0);
  return { residentMb: Math.round(sum(({ mb }) => mb)), handles: sum(({ handles }) => handles) };
}

async function sampleProcess(pid: number): Promise<{ readonly mb: number; readonly handles: number }> {
  return { mb: await residentMb(pid), handles: (await readdir(`/proc/${pid}/fd`)).length };
}
