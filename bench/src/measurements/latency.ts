import { z } from 'zod';
import { percentile } from '../statistics.ts';

/** What many measured times come to. Milliseconds. */
export const latencySchema = z.strictObject({
  count: z.int(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
});
export type Latency = z.output<typeof latencySchema>;

/** Throws RangeError without times. */
export function summarizeTimes(timesMs: readonly number[]): Latency {
  return {
    count: timesMs.length,
    p50Ms: percentile(timesMs, 0.5),
    p99Ms: percentile(timesMs, 0.99),
    maxMs: percentile(timesMs, 1),
  };
}
