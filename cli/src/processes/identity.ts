/**
 * Names one process for good. A pid alone names whatever runs under that number now; with the start time it names one
 * process, so a reused pid is never taken for, or killed instead of, the process that was meant.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const processIdentitySchema = z.strictObject({
  pid: z.int().min(1),
  /** Opaque: the boot and the tick of the start on Linux, the date of the start elsewhere. Compare for equality only. */
  startedAt: z.string().min(1),
});
export type ProcessIdentity = z.output<typeof processIdentitySchema>;

/** Field 22 of `/proc/<pid>/stat`, counted from after the command name, which may itself hold spaces and brackets. */
const START_TIME_FIELD = 19;
const STATE_FIELD = 0;

/** Null when no such process runs; a zombie has ended and does not run. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? linuxStart(pid) : portableStart(pid);
  return startedAt === null ? null : { pid, startedAt };
}

export function identifySelf(): ProcessIdentity {
  const self = identifyProcess(process.pid);
  if (self === null) throw new Error(`The start time of this process (${process.pid}) cannot be read.`);
  return self;
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

/** Arguments as the process was started with; empty when it has ended or belongs to someone else. */
export function commandLineOf(pid: number): readonly string[] {
  if (process.platform === 'linux') {
    const text = readProcFile(`/proc/${pid}/cmdline`);
    return text === null ? [] : text.split('\0').slice(0, -1);
  }
  const text = askPs(pid, 'command=');
  return text === null ? [] : text.split(' ');
}

function linuxStart(pid: number): string | null {
  const stat = readProcFile(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[STATE_FIELD] === 'Z' || fields[STATE_FIELD] === 'X') return null;
  const boot = readProcFile('/proc/sys/kernel/random/boot_id') ?? 'unknown-boot';
  return `${boot.trim()}/${fields[START_TIME_FIELD]!}`;
}

function portableStart(pid: number): string | null {
  return askPs(pid, 'lstart=');
}

function readProcFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended, or hides from us: both mean that it cannot be identified.
    return null;
  }
}

function askPs(pid: number, column: string): string | null {
  try {
    const text = execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', timeout: 5_000 }).trim();
    return text === '' ? null : text;
  } catch {
    // ps exits 1 when there is no such process.
    return null;
  }
}
