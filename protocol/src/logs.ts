/**
 * What a function logs: entries, from its cell to the zone's log stream in batches, and from there to whoever reads. Texts
 * come from the function and are hostile: whoever shows them escapes control characters.
 */
import { z } from 'zod';
import { TRIGGERS } from './call.ts';
import { eventIdSchema } from './events/event.ts';
import { BATCH_MESSAGES } from './handlers/batch.ts';
import { isName, nameSchema, versionIdSchema } from './names.ts';
import { OUTCOMES, type Outcome } from './outcome.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const OUTCOME_NAMES = Object.keys(OUTCOMES) as [Outcome, ...Outcome[]];

/** How a call ended, `waitUntil` work included. */
const callEndSchema = z.strictObject({
  trigger: z.enum(TRIGGERS),
  method: z.string().max(32),
  /** Without the query, which may hold what is nobody's business; cut at LOG_PATH_LENGTH. */
  path: z.string(),
  /** Of the function's response; null when there was none. */
  status: z.int().nullable(),
  outcome: z.enum(OUTCOME_NAMES),
  cpuUs: z.number(),
  wallUs: z.number(),
  /** The isolate was made for this call. */
  cold: z.boolean(),
  /** Calls before this one that ended `ok`, logged nothing, and have no entry because there were many. */
  omitted: z.int().min(0),
  /** Events of a call for a batch of several queue messages; else empty. */
  events: z.array(eventIdSchema).max(BATCH_MESSAGES),
});
export type CallEnd = z.output<typeof callEndSchema>;

const logEntrySchema = z.strictObject({
  time: z.iso.datetime(),
  /** Null for what no call did, such as the module's own code while it loads. */
  invocation: z.string().nullable(),
  /** Of the durable event whose attempt the call is; null for other calls, and for batches of several messages. */
  event: z.string().max(64).nullable(),
  /** Which attempt of the event it is. */
  attempt: z.int().min(1).nullable(),
  level: z.enum(LOG_LEVELS),
  /** A line of the console; at the end of a call its error, or empty. */
  text: z.string(),
  /** Null for a line; set for the entry that ends a call. */
  end: callEndSchema.nullable(),
});
export type LogEntry = z.output<typeof logEntrySchema>;

/** One message on `logSubject`: entries of one version, as one cell (or the supervisor of a cell that is gone) wrote them. */
export const logBatchSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  version: versionIdSchema,
  node: nameSchema,
  /** Name of the cell or node. */
  source: nameSchema,
  /**
   * Number of the first entry, counted for each version and source. Dropped entries have numbers too: where one batch
   * does not go on from the one before, entries are missing.
   */
  first: z.int().min(0),
  entries: z.array(logEntrySchema),
  /** Entries behind these that were not sent, because the function logs faster than is kept. */
  dropped: z.int().min(0),
});
export type LogBatch = z.output<typeof logBatchSchema>;

/** An entry by itself, as readers get it. */
export const logEventSchema = z.strictObject({
  v: version1,
  zone: nameSchema,
  function: nameSchema,
  version: versionIdSchema,
  node: nameSchema,
  ...logEntrySchema.shape,
});
export type LogEvent = z.output<typeof logEventSchema>;

/** Server-sent event `gap` of a log: entries are missing here, never silently. */
export const logGapSchema = z.strictObject({
  v: version1,
  /**
   * `dropped`: the function logged faster than is kept, or the bus did not take or keep it; `expired`: the platform no
   * longer has what followed the reader's last entry; `bus-disconnected`: what was logged while the bus was away, or just
   * before, may be lost; `unreadable`: what is in the archive here cannot be read now; `unmatched`: lines of calls whose end has not come, so that nobody
   * can say whether they were asked for.
   */
  reason: z.enum(['dropped', 'expired', 'bus-disconnected', 'unmatched', 'unreadable']),
  /** Null when nobody can know. */
  count: z.int().nullable(),
});
export type LogGap = z.output<typeof logGapSchema>;

/** Which calls `status` asks for: how they ended, a response's status, or its class. */
const STATUS = /^(?:ok|error|canceled|[1-5]\d\d|[1-5]xx)$/;

/** Query of `GET /v1/functions/{name}/logs`. All that is given must fit. */
export const logQuerySchema = z.strictObject({
  follow: z.literal('true').optional().describe('Go on with what is logged from now on; else the answer ends'),
  since: z.iso.datetime().optional().describe('Nothing older than this'),
  until: z.iso.datetime().optional().describe('Nothing newer than this; not with follow'),
  cursor: z
    .string()
    .max(1_024)
    .optional()
    .describe('Go on behind the entry that was sent with this id, in place of since'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('Without follow: so many of the newest entries'),
  status: z
    .string()
    .regex(STATUS, 'must be ok, error, canceled, a status such as 404, or a class such as 4xx')
    .optional()
    .describe('Only calls that ended so: ok, error (failed, or a status from 500 on), canceled, 404, 4xx'),
  method: z
    .string()
    .regex(/^[A-Za-z-]{1,32}$/, 'must be an HTTP method')
    .optional()
    .describe('Only calls of this method'),
  search: z.string().min(1).max(256).optional().describe('Only entries whose text or path holds this, in any case'),
  version: z
    .string()
    .regex(/^[0-9a-f]{4,64}$/, 'must be a version: 4 to 64 hex digits')
    .optional()
    .describe('Only entries of the version that begins so'),
  invocation: z.string().max(64).optional().describe('Only entries of this invocation'),
  event: z
    .string()
    .max(64)
    .optional()
    .describe('Only entries of calls that are an attempt of this event, or hold it in their batch'),
  level: z.enum(LOG_LEVELS).optional().describe('Only entries of this level and above'),
});
export type LogQuery = z.output<typeof logQuerySchema>;

/** Answer of `GET /v1/functions/{name}/logs` without `follow`. */
export const logHistorySchema = z.strictObject({
  v: version1,
  /** Oldest first. */
  entries: z.array(logEventSchema),
  /** Older ones that fit were left out: `limit`, or 16 Mi characters of text. */
  hasOlder: z.boolean(),
  /**
   * Entries that were dropped before they were stored, whether they would have fitted or not. `before`: position of the
   * entry behind them; behind the last one it is the number of entries. `count`: null where the archive cannot be read now,
   * so that nobody knows.
   */
  gaps: z.array(z.strictObject({ before: z.int().min(0), count: z.int().min(1).nullable() })),
});
export type LogHistory = z.output<typeof logHistorySchema>;

/** Stream of what the zone's functions have logged lately. */
export const logStream = (zone: string): string => {
  if (!isName(zone)) throw new RangeError(`"${zone}" cannot be a part of a name`);
  return `LOG_${zone}`;
};

export function flattenLogBatch(zone: string, { entries, ...batch }: LogBatch): LogEvent[] {
  const { v, version, node } = batch;
  return entries.map((entry) => ({ v, zone, function: batch.function, version, node, ...entry }));
}
