/**
 * How late this process may be woken for a timer (`prctl(PR_SET_TIMERSLACK)`, Linux). isolated-vm has a thread that wakes
 * for the time limit of every entry, also long after it has ended: at 10,000 calls a second 10,000 times. With room for a
 * millisecond it wakes once for all that are due within it. Threads inherit it from the one that starts them.
 */
import { dlopen } from 'node:ffi';

const PR_SET_TIMERSLACK = 29;
const SLACK_NS = 1_000_000n;

/** Before the lock, which allows no such call. Elsewhere than on Linux it does nothing. */
export function loosenTimers(): void {
  if (process.platform !== 'linux') return;
  const { functions: libc } = dlopen(null, {
    prctl: { arguments: ['int32', 'uint64', 'uint64', 'uint64', 'uint64'], return: 'int32' },
  });
  const refused = libc.prctl(PR_SET_TIMERSLACK, SLACK_NS, 0n, 0n, 0n);
  if (refused !== 0) throw new Error(`the kernel refused PR_SET_TIMERSLACK (${refused})`);
}
