/**
 * Locks this process: after it, the kernel refuses whatever `filter.ts` does not list, for all its threads and for good.
 *
 * Guarantees at LOCK_LEVEL_FILTERED: no privileges gained, no core dump, not readable or traceable by other processes of
 * the same user, few descriptors, end with its parent, and the filter. At LOCK_LEVEL_PROCESS: a process, nothing more.
 * Everything that reads a file or makes a socket must have happened before. Not guaranteed: namespaces, a file system or
 * a user of its own.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { LOCK_LEVEL_FILTERED, LOCK_LEVEL_PROCESS, type LockLevel } from '../../channel/lock-level.ts';
import type { Instruction } from './bpf.ts';
import { brokerFilter, cellFilter } from './filter.ts';
import { type Kernel, openKernel } from './kernel.ts';
import { type SystemCalls, systemCallsOf } from './system-calls.ts';

const PR_SET_PDEATHSIG = 1;
const PR_SET_DUMPABLE = 4;
const SIGKILL = 9;
const RLIMIT_CORE = 4;
const RLIMIT_NOFILE = 7;
const RLIMIT_FSIZE = 1;
/** A cell has about thirty descriptors, and is handed one socket. */
const MAX_DESCRIPTORS = 256;

export interface Locked {
  readonly level: LockLevel;
  /** Why it is not locked; null when it is. */
  readonly reason: string | null;
}

type Filter = (calls: SystemCalls, processId: number) => Instruction[];

/** Locks a cell as far as this machine allows. Never throws: the supervisor decides whether the level is enough. */
export function lockProcess(): Locked {
  return lockAs((kernel) => kernel.limit('RLIMIT_NOFILE', RLIMIT_NOFILE, MAX_DESCRIPTORS), cellFilter);
}

/** Locks the broker in the same way. It has as many descriptors as its supervisor may have: a connection is one. */
export function lockBroker(): Locked {
  return lockAs((kernel) => kernel.limit('RLIMIT_FSIZE', RLIMIT_FSIZE, 0), brokerFilter);
}

function lockAs(limit: (kernel: Kernel) => void, filter: Filter): Locked {
  const calls = systemCallsOf(process.platform, process.arch);
  if (calls === null) return unlocked(`there is no lock for ${process.platform} on ${process.arch}`);
  try {
    lockWith(calls, limit, filter);
    return { level: LOCK_LEVEL_FILTERED, reason: null };
  } catch (error) {
    return unlocked(error instanceof Error ? error.message : String(error));
  }
}

function unlocked(reason: string): Locked {
  return { level: LOCK_LEVEL_PROCESS, reason };
}

function lockWith(calls: SystemCalls, limit: (kernel: Kernel) => void, filter: Filter): void {
  assertNoRings();
  const kernel: Kernel = openKernel(calls);
  kernel.control('PR_SET_PDEATHSIG', PR_SET_PDEATHSIG, SIGKILL);
  kernel.limit('RLIMIT_CORE', RLIMIT_CORE, 0);
  limit(kernel);
  kernel.control('PR_SET_DUMPABLE', PR_SET_DUMPABLE, 0);
  kernel.filter(filter(calls, process.pid), 'all-threads');
}

/** A ring carries out operations that the filter never sees, and libuv aborts when it may not use one that it has made. */
function assertNoRings(): void {
  const folder = '/proc/self/fd';
  const ring = readdirSync(folder).find((descriptor) => isRing(`${folder}/${descriptor}`));
  if (ring !== undefined) throw new Error('the process was started with an io_uring, which no filter covers');
}

function isRing(path: string): boolean {
  try {
    return readlinkSync(path) === 'anon_inode:[io_uring]';
  } catch {
    // ENOENT: the descriptor with which the folder itself was read.
    return false;
  }
}
