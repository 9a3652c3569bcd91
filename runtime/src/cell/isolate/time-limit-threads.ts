/**
 * The threads in which isolated-vm waits for the time limits of entries. It keeps a timer for each entry until its limit would
 * have passed, long after the entry, and its thread wakes for each: at 2,000 calls a second that took a fifth of a processor
 * (measured), because a virtual machine's timer is dear. A thread that may be 20 ms late (`PR_SET_TIMERSLACK`, Linux) wakes
 * once for all that are due by then. A thread inherits it from the one that starts it, so this thread is loose just then.
 */
import { dlopen } from 'node:ffi';

const PR_SET_TIMERSLACK = 29;
/** Well within what an entry's limit allows beyond its CPU time. */
const LATE_NS = 20_000_000n;
/** The thread's own, as it was. */
const PUNCTUAL = 0n;

const libc =
  process.platform === 'linux'
    ? dlopen(null, {
        prctl: { arguments: ['int32', 'uint64', 'uint64', 'uint64', 'uint64'], return: 'int32' },
      }).functions
    : null;
/** When the last entry's timer is due, on the clock of `performance.now()`. Until then its thread waits. */
let lastDueMs = 0;

/**
 * Runs `enter`, which enters an isolate for `limitMs` at the most. isolated-vm takes a thread that waits for something due
 * earlier; where there may be none, it starts one. A kernel that refuses leaves the thread punctual, which is only dearer.
 */
export function withTimeLimit<T>(nowMs: number, limitMs: number, enter: () => T): T {
  const dueMs = nowMs + limitMs;
  const mayStart = nowMs >= lastDueMs || dueMs <= lastDueMs;
  lastDueMs = dueMs;
  if (!mayStart || libc === null) return enter();
  libc.prctl(PR_SET_TIMERSLACK, LATE_NS, 0n, 0n, 0n);
  try {
    return enter();
  } finally {
    libc.prctl(PR_SET_TIMERSLACK, PUNCTUAL, 0n, 0n, 0n);
  }
}
