/**
 * Memory of other processes, from outside. PSS (resident memory, shared pages divided among those who share them) where the
 * kernel tells it, so that several processes may be added up; else RSS, by `ps`.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

export type MemoryKind = 'pss' | 'rss';

const KIB = 1_024;
const PS_MS = 5_000;
/** Written to `clear_refs`, makes the kernel count the peak of resident memory from here. */
const RESET_PEAK = '5';

/** Throws when the process is gone. */
export function readMemory(pid: number): { readonly kind: MemoryKind; readonly bytes: number } {
  const rollup = readProcFile(`/proc/${pid}/smaps_rollup`);
  if (rollup !== null) return { kind: 'pss', bytes: kibibytes(rollup, 'Pss') };
  const text = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8', timeout: PS_MS });
  return { kind: 'rss', bytes: Number(text) * KIB };
}

/** Processes that a process has started and that still run; null where the kernel does not tell. */
export function readChildren(pid: number): number[] | null {
  const text = readProcFile(`/proc/${pid}/task/${pid}/children`);
  return text === null ? null : text.split(' ').filter(Boolean).map(Number);
}

/** How far the resident memory of a process goes up while something happens. */
export class MemoryGrowth {
  readonly #pid: number;
  readonly #beforeBytes: number | null;

  /** Starts to watch. */
  constructor(pid: number) {
    this.#pid = pid;
    this.#beforeBytes = this.#resetPeak();
  }

  /** From the start to the highest point since; the kernel keeps it, so no peak is missed. Null where it does not. */
  readBytes(): number | null {
    const status = readProcFile(`/proc/${this.#pid}/status`);
    if (status === null || this.#beforeBytes === null) return null;
    return kibibytes(status, 'VmHWM') - this.#beforeBytes;
  }

  #resetPeak(): number | null {
    const status = readProcFile(`/proc/${this.#pid}/status`);
    if (status === null) return null;
    try {
      writeFileSync(`/proc/${this.#pid}/clear_refs`, RESET_PEAK);
    } catch {
      // Not allowed here: the growth is then not known, which the result says.
      return null;
    }
    return kibibytes(status, 'VmRSS');
  }
}

function kibibytes(text: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`the kernel reports no ${name}`);
  return Number(value) * KIB;
}

function readProcFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // This kernel has no such file, or the process has ended; whoever needs the value says so.
    return null;
  }
}
