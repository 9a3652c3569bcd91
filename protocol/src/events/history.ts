/** Events as the control API lists and shows them. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { EVENT_TRIGGERS, eventIdSchema } from './event.ts';
import { attemptSchema, EVENT_STATES, eventRecordSchema } from './record.ts';

/** One line of a list. */
export const eventSummarySchema = z.strictObject({
  event: eventIdSchema,
  function: nameSchema,
  trigger: z.enum(EVENT_TRIGGERS),
  /** Name of the webhook, schedule or queue binding. */
  source: z.string().nullable(),
  state: z.enum(EVENT_STATES),
  acceptedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  /** Of the body. */
  bytes: z.int().min(0),
  /** Attempts so far. */
  attempts: z.int().min(0),
  /** Of the last attempt: its outcome, and the status of its response. */
  outcome: z.string().nullable(),
  status: z.int().nullable(),
  replayOf: eventIdSchema.nullable(),
  /** Why it ended without success. */
  cause: z.string().nullable(),
});
export type EventSummary = z.output<typeof eventSummarySchema>;

/** Answer of `GET /v1/functions/{name}/events`. */
export const eventListSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** Newest first. */
  events: z.array(eventSummarySchema),
  /** Events of which what is stored cannot be read. */
  damaged: z.array(eventIdSchema),
  /** Since when none of the function begins; null: they run. */
  pausedAt: z.iso.datetime().nullable(),
  /** There may be older ones: ask again with `before` set to this. Null: there are none. */
  next: eventIdSchema.nullable(),
});
export type EventList = z.output<typeof eventListSchema>;

/** The request that a function gets, without what is secret in it. */
export const shownRequestSchema = z.strictObject({
  method: z.string(),
  /** Values in its query that look like secrets are left out. */
  url: z.string(),
  /** The value is null for headers that may hold a secret. */
  headers: z.array(z.strictObject({ name: z.string(), value: z.string().nullable() })),
  orderingKey: z.string().nullable(),
  expiresAt: z.iso.datetime().nullable(),
  /** Origin of the callback URL; its path may hold a secret. */
  callback: z.string().nullable(),
  /** Id that the sender of a webhook gave its delivery. */
  delivery: z.string().nullable(),
  scheduledAt: z.iso.datetime().nullable(),
});
export type ShownRequest = z.output<typeof shownRequestSchema>;

/** Answer of `GET /v1/events/{event}`. */
export const eventDetailSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  ...eventSummarySchema.omit({ attempts: true, outcome: true, status: true }).shape,
  zone: nameSchema,
  /** When it runs, while it waits for its time or for its next attempt. */
  dueAt: z.iso.datetime().nullable(),
  /** The newest hundred, oldest first. */
  attempts: z.array(attemptSchema),
  /** Where the output of the attempt that counts lies in the object store. */
  output: z.strictObject({ bucket: z.string(), prefix: z.string() }).nullable(),
  letter: eventRecordSchema.shape.letter.unwrap(),
  /** Null: what was asked is not kept any more, so the event cannot be run again either. */
  request: shownRequestSchema.nullable(),
});
export type EventDetail = z.output<typeof eventDetailSchema>;
