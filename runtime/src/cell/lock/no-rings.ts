/**
 * Starts processes without io_uring. Node makes a ring for each event loop before any of our code runs (UV_USE_IO_URING=0
 * does not keep it from that), and a ring's operations pass by every filter: a process that is to be locked must never get
 * one. A filter on the starting thread is inherited, so the parent refuses itself new rings; it keeps those it has.
 */
import { noRingsFilter } from './filter.ts';
import { openKernel } from './kernel.ts';
import { systemCallsOf } from './system-calls.ts';

let isRefused = false;

/**
 * Processes that this thread starts from now on have no rings; nor gain they privileges by a program's set-uid bit. Where
 * the kernel does not allow it nothing happens, and the cells report the lower lock level with the reason.
 */
export function refuseRingsToChildren(): void {
  const calls = systemCallsOf(process.platform, process.arch);
  if (calls === null || isRefused) return;
  isRefused = true;
  try {
    openKernel(calls).filter(noRingsFilter(calls), 'this-thread');
  } catch {
    // A kernel without seccomp: the cell finds its ring, reports level 1 and says why.
  }
}
