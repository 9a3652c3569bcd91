/** What other processes have used so far, by the kernel's own counts. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessUse {
  /** Of all its threads. Microseconds. */
  readonly cpuUs: number;
  /** System calls that read, and that write. */
  readonly reads: number;
  readonly writes: number;
  /** Times that one of its threads had nothing to do and went to sleep. */
  readonly sleeps: number;
}

export const PROCESS_USES = ['cpuUs', 'reads', 'writes', 'sleeps'] as const satisfies readonly (keyof ProcessUse)[];

/** Null where the kernel does not tell, and when the process is gone. */
export function readProcessUse(pid: number): ProcessUse | null {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);
    const nanoseconds = tasks.map((task) => Number(readFileSync(`${task}/schedstat`, 'latin1').split(' ')[0]));
    const sleeps = tasks.map((task) => numberOf(readFileSync(`${task}/status`, 'latin1'), 'voluntary_ctxt_switches'));
    const io = readFileSync(`/proc/${pid}/io`, 'latin1');
    return {
      cpuUs: sum(nanoseconds) / 1_000,
      reads: numberOf(io, 'syscr'),
      writes: numberOf(io, 'syscw'),
      sleeps: sum(sleeps),
    };
  } catch {
    return null;
  }
}

function numberOf(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(text)![1]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
