/** When a callback that failed is sent again: the schedule that Standard Webhooks recommends. */

/** Milliseconds until attempt number `attempt`; null when there are no more. `retryAfterMs`: what the receiver asked for. */
export type CallbackSchedule = (attempt: number, retryAfterMs: number | null) => number | null;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Before the first attempt, the second, … Milliseconds; each is lengthened by up to JITTER. */
const DELAYS_MS = [
  0,
  5_000,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;
const JITTER = 0.1;
/** A receiver may ask for more time, up to this. Milliseconds. */
const LONGEST_MS = 24 * HOUR;

/** A CallbackSchedule. */
export function delayBefore(attempt: number, retryAfterMs: number | null, random = Math.random): number | null {
  const delay = DELAYS_MS[attempt - 1];
  if (delay === undefined) return null;
  const jittered = Math.round(delay * (1 + JITTER * random()));
  return Math.min(Math.max(jittered, retryAfterMs ?? 0), Math.max(LONGEST_MS, jittered));
}
