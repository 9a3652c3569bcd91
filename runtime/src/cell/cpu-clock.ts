/**
 * CPU time of this thread, by the operating system's clock (`clock_gettime(CLOCK_THREAD_CPUTIME_ID)`, 0.7 µs): the only
 * measure of a call's CPU that a busy machine does not distort. isolated-vm's own `cpuTime` is wall time on Linux.
 */
import { dlopen } from 'node:ffi';

const CLOCK_THREAD_CPUTIME_ID = process.platform === 'darwin' ? 16 : 3;
const TIMESPEC_BYTES = 16;

const { functions } = dlopen(null, { clock_gettime: { arguments: ['int32', 'buffer'], return: 'int32' } });
const timespec = new BigInt64Array(TIMESPEC_BYTES / 8);
const timespecBytes = Buffer.from(timespec.buffer);

/** Microseconds of CPU that this thread has used since it started. */
export function threadCpuUs(): number {
  functions.clock_gettime(CLOCK_THREAD_CPUTIME_ID, timespecBytes);
  return Number(timespec[0]) * 1e6 + Number(timespec[1]) / 1e3;
}
