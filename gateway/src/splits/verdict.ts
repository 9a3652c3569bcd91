/**
 * When is the version of a watched split worse than the current one? Each gateway judges by the calls that it has sent
 * itself, and what one of them finds is enough.
 */
import type { VersionTally } from './version-tally.ts';

/** Both versions, as the same callers' traffic was divided between them. */
export interface TallyPair {
  readonly current: VersionTally;
  readonly other: VersionTally;
}

export interface Verdict {
  readonly reason: 'errors' | 'slow';
  /** What was measured, for people. */
  readonly detail: string;
}

/** Calls that each version must have had before its errors, or its times, say anything. */
export const FEWEST_CALLS = 20;
export const FEWEST_TIMED_CALLS = 100;
/** How much larger the part of failed calls must be. */
export const ERROR_MARGIN = 0.05;
/** … and how many standard deviations: chance alone exceeds this once in 740 looks. */
const ERROR_DEVIATIONS = 3;
/** How many times longer the p95 must be, and by how much at least. */
export const SLOWNESS = 1.5;
export const SLOWNESS_MS = 20;

/** Null: no worse, or too early to say. */
export function judge({ current, other }: TallyPair): Verdict | null {
  if (failsMore(current, other)) {
    const detail = `${part(other)} failed; of the current version ${part(current)}`;
    return { reason: 'errors', detail };
  }
  if (!isSlower(current, other)) return null;
  const detail = `p95 ${inMs(other)} over ${other.timed} calls; of the current version ${inMs(current)}`;
  return { reason: 'slow', detail };
}

function failsMore(current: VersionTally, other: VersionTally): boolean {
  if (current.calls < FEWEST_CALLS || other.calls < FEWEST_CALLS) return false;
  const difference = other.errors / other.calls - current.errors / current.calls;
  const pooled = (other.errors + current.errors) / (other.calls + current.calls);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / other.calls + 1 / current.calls));
  return difference > ERROR_MARGIN && difference > ERROR_DEVIATIONS * deviation;
}

function isSlower(current: VersionTally, other: VersionTally): boolean {
  if (current.timed < FEWEST_TIMED_CALLS || other.timed < FEWEST_TIMED_CALLS) return false;
  return other.p95Ms > current.p95Ms * SLOWNESS && other.p95Ms - current.p95Ms > SLOWNESS_MS;
}

function part({ errors, calls }: VersionTally): string {
  return `${errors} of ${calls} calls`;
}

function inMs({ p95Ms }: VersionTally): string {
  return `${p95Ms < 10 ? p95Ms.toFixed(1) : Math.round(p95Ms)} ms`;
}
