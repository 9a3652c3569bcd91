import { z } from 'zod';
import { makeAutocannon } from './autocannon.ts';
import { findWrk } from './wrk.ts';

/** How hard, and for how long. */
export interface Load {
  /** Requests that are on their way at a time: each connection sends its next one when it has the answer. */
  readonly connections: number;
  readonly seconds: number;
  /** JSON text that each request sends, with POST. Default: GET, with nothing. */
  readonly body?: string;
  readonly signal: AbortSignal;
}

export const loadResultSchema = z.strictObject({
  requestsPerSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** Requests without an answer of status 2xx or 3xx: a number beside which the others mean nothing. */
  failures: z.int(),
});
export type LoadResult = z.output<typeof loadResultSchema>;

/** A program that sends HTTP requests from a process of its own. */
export interface LoadGenerator {
  /** Name and version, as results show it. */
  readonly name: string;
  readonly run: (url: string, load: Load) => Promise<LoadResult>;
}

/** wrk where it is installed, because it costs the machine least; else autocannon. */
export function chooseLoadGenerator(): LoadGenerator {
  return findWrk() ?? makeAutocannon();
}
