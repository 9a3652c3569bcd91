import { readFileSync } from 'node:fs';

const AUXV_ENTRY_BYTES = 16;
const AT_PAGESZ = 6n;
const MIB = 1024 * 1024;

/** Reads the resident memory of this machine's processes from outside; only Linux tells (see `isMemoryReadable`). */
export const isMemoryReadable = process.platform === 'linux';

const pageBytes = isMemoryReadable ? readPageBytes() : 0;

/** Resident memory of a process in MiB, or null when it is gone. About 10 µs; a file of /proc never waits for a disk. */
export function readRssMb(pid: number): number | null {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return (pages * pageBytes) / MIB;
  } catch {
    // ENOENT or ESRCH: the process has ended, which its owner hears of by its exit event.
    return null;
  }
}

/** The kernel tells each process the size of a page in its auxiliary vector: pairs of 64-bit numbers. */
function readPageBytes(): number {
  const vector = readFileSync('/proc/self/auxv');
  for (let at = 0; at + AUXV_ENTRY_BYTES <= vector.length; at += AUXV_ENTRY_BYTES) {
    if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
  }
  throw new Error('/proc/self/auxv does not say how large a page of memory is');
}
