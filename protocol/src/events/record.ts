/**
 * What is known of an event: one JSON message on `rec.<zone>.<tenant>.<function>.<id>`, the last one counts. An event
 * that was accepted and has no record is pending.
 */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { type Outcome, OUTCOMES } from '../outcome.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { EVENT_TRIGGERS, eventIdSchema } from './event.ts';

/** Each accepted event ends in exactly one of the last four. */
export const EVENT_STATES = [
  'pending',
  'running',
  'waiting',
  'succeeded',
  'dead-lettered',
  'expired',
  'cancelled',
] as const;
export type EventState = (typeof EVENT_STATES)[number];
export const TERMINAL_STATES: ReadonlySet<EventState> = new Set([
  'succeeded',
  'dead-lettered',
  'expired',
  'cancelled',
] as const);

export const attemptSchema = z.strictObject({
  attempt: z.int().min(1),
  invocation: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  outcome: z.enum(Object.keys(OUTCOMES) as Outcome[]),
  /** Of the response; null when there was none. */
  status: z.int().nullable(),
  version: z.string(),
  node: z.string().nullable(),
  cold: z.boolean().nullable(),
  cpuMs: z.number().nullable(),
  wallMs: z.number().nullable(),
  /** Why it failed, or the first bytes of a response that asks for another attempt; at most 2,000 characters. */
  message: z.string().max(2_000).nullable(),
  /** When the next attempt was due. */
  retryAt: z.iso.datetime().nullable(),
});
export type Attempt = z.output<typeof attemptSchema>;

/** Attempts that a record keeps: the newest. */
export const KEPT_ATTEMPTS = 100;

export const eventRecordSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  id: eventIdSchema,
  trigger: z.enum(EVENT_TRIGGERS),
  zone: nameSchema,
  tenant: nameSchema,
  function: nameSchema,
  state: z.enum(EVENT_STATES),
  acceptedAt: z.iso.datetime(),
  /** When it ended, else null. */
  endedAt: z.iso.datetime().nullable(),
  bytes: z.int().min(0),
  /** Name of the webhook, schedule or queue binding. */
  source: z.string().nullable(),
  replayOf: eventIdSchema.nullable(),
  /** The attempt that the event's newest message asks for: an older message of it is out of date. */
  turn: z.int().min(1),
  /** Oldest first. */
  attempts: z.array(attemptSchema).max(KEPT_ATTEMPTS),
  /** Prefix of the output's objects of the attempt that counts; null when none was kept. */
  output: z.string().nullable(),
  /** Why it ended without success, or why it cannot begin now. */
  cause: z.string().max(2_000).nullable(),
  /** What became of its dead letter; null: it never had one. */
  letter: z.enum(['kept', 'redriven', 'purged']).nullable().default(null),
  /** As it is stored: the texts that may hold what was sent (`cause`, messages of attempts), sealed; there they are null. */
  sealed: z.base64().optional(),
});
export type EventRecord = z.output<typeof eventRecordSchema>;
