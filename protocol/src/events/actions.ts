/** What people do with events through the control API: run them again, cancel them, hold them back, let dead letters go. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { EVENT_TRIGGERS, eventIdSchema } from './event.ts';
import { EVENT_STATES } from './record.ts';

const version1 = z.literal(PROTOCOL_VERSION);

/** Made once by whoever wishes to run events again, in the form of an event id: the same key runs an event again once. */
const keySchema = eventIdSchema;

/** Body of `POST /v1/events/{event}/replay`. */
export const replayRequestSchema = z.strictObject({ v: version1, key: keySchema });
export type ReplayRequest = z.output<typeof replayRequestSchema>;

/** Which events are meant; null: whichever. */
const filterShape = {
  trigger: z.enum(EVENT_TRIGGERS).nullable(),
  source: z.string().max(128).nullable(),
  /** Where an earlier request stopped (`next` of its answer). */
  before: eventIdSchema.nullable(),
} as const;

/** Body of `POST /v1/functions/{name}/events/replay`. */
export const replayManyRequestSchema = z.strictObject({
  v: version1,
  key: keySchema,
  /** Null: those that have ended. */
  states: z.array(z.enum(EVENT_STATES)).min(1).nullable(),
  ...filterShape,
  /** Accepted from then on, and before `to`. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});
export type ReplayManyRequest = z.output<typeof replayManyRequestSchema>;

const ranAgainSchema = z.strictObject({
  event: eventIdSchema,
  /** The new event. */
  replay: eventIdSchema,
});

/** One event was accepted once more. */
export const ranAgainResponseSchema = z.strictObject({ v: version1, ...ranAgainSchema.shape });
export type RanAgainResponse = z.output<typeof ranAgainResponseSchema>;

export const ranAgainManySchema = z.strictObject({
  v: version1,
  replayed: z.array(ranAgainSchema),
  /** Could not be, and why. */
  skipped: z.array(z.strictObject({ event: eventIdSchema, code: z.string(), reason: z.string() })),
  /** There may be more: ask again with `before` set to this. */
  next: eventIdSchema.nullable(),
});
export type RanAgainMany = z.output<typeof ranAgainManySchema>;

/** Body of `POST /v1/functions/{name}/dead-letters/redrive` and `…/purge`. */
export const lettersRequestSchema = z.strictObject({
  v: version1,
  ...filterShape,
  /** Of the last attempt. */
  outcome: z.string().max(64).nullable(),
  /** Died from then on, and before `to`. */
  from: z.iso.datetime().nullable(),
  to: z.iso.datetime().nullable(),
});
export type LettersRequest = z.output<typeof lettersRequestSchema>;

export const purgedResponseSchema = z.strictObject({ v: version1, event: eventIdSchema });
export type PurgedResponse = z.output<typeof purgedResponseSchema>;

export const purgedManySchema = z.strictObject({
  v: version1,
  purged: z.array(eventIdSchema),
  next: eventIdSchema.nullable(),
});
export type PurgedMany = z.output<typeof purgedManySchema>;

/** The event has ended: as cancelled, or as it had before. */
export const cancelledResponseSchema = z.strictObject({
  v: version1,
  event: eventIdSchema,
  state: z.enum(EVENT_STATES),
});
export type CancelledResponse = z.output<typeof cancelledResponseSchema>;

/** Body of `POST /v1/functions/{name}/events/cancel`. */
export const cancelManyRequestSchema = z.strictObject({
  v: version1,
  ...filterShape,
  /** Accepted from then on, and before `to`. */
  from: z.iso.datetime().nullable(),
  to: z.iso.datetime().nullable(),
});
export type CancelManyRequest = z.output<typeof cancelManyRequestSchema>;

export const cancelledManySchema = z.strictObject({
  v: version1,
  cancelled: z.array(cancelledResponseSchema.omit({ v: true })),
  next: eventIdSchema.nullable(),
});
export type CancelledMany = z.output<typeof cancelledManySchema>;

/** Answer of `POST /v1/functions/{name}/events/pause` and `…/resume`. */
export const pausedResponseSchema = z.strictObject({ v: version1, function: nameSchema, isPaused: z.boolean() });
export type PausedResponse = z.output<typeof pausedResponseSchema>;
