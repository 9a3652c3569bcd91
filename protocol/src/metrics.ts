/** What a gateway has counted, for people: the control API's `GET /v1/metrics`. Prometheus asks for `GET /metrics`. */
import { z } from 'zod';
import { nameSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

const countSchema = z.int().min(0);
const quantileSchema = z.number().nullable();

export const functionMetricsSchema = z.strictObject({
  name: nameSchema,
  calls: z.strictObject({
    /** That have ended. */
    total: countSchema,
    /** Without a whole response. */
    failed: countSchema,
    /** Responses with a status from 500 on. */
    serverErrors: countSchema,
    coldStarts: countSchema,
    cpuMs: z.number(),
  }),
  /** Estimated from buckets; null while there was no call. */
  durationMs: z.strictObject({ p50: quantileSchema, p95: quantileSchema, p99: quantileSchema }),
  /** Calls that a limit ended; value and measured are of the last one, in the unit of the limit's name. */
  kills: z.array(
    z.strictObject({
      outcome: z.string(),
      limit: z.string(),
      calls: countSchema,
      limitValue: z.number().nullable(),
      measured: z.number().nullable(),
    }),
  ),
  /** Messages of queues included, except in `accepted`. */
  events: z.strictObject({
    accepted: countSchema,
    running: countSchema,
    retries: countSchema,
    succeeded: countSchema,
    deadLettered: countSchema,
    expired: countSchema,
    cancelled: countSchema,
    isPaused: z.boolean(),
  }),
  /** The same from every gateway; null while the bus cannot be asked. */
  waiting: z
    .strictObject({
      events: countSchema,
      delayedEvents: countSchema,
      messages: countSchema,
      delayedMessages: countSchema,
      /** Age of the oldest event or message that is due; null when none is. */
      oldestSeconds: z.number().nullable(),
      deadLetters: countSchema,
      outputs: countSchema,
    })
    .nullable(),
  outputs: z.strictObject({ kept: countSchema, bytes: countSchema }),
});
export type FunctionMetrics = z.output<typeof functionMetricsSchema>;

export const metricsReportSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** Whose counts they are: other gateways have their own. */
  gateway: nameSchema,
  /** When it began to count. */
  since: z.iso.datetime(),
  /** By name. */
  functions: z.array(functionMetricsSchema),
});
export type MetricsReport = z.output<typeof metricsReportSchema>;
