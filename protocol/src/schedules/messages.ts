/**
 * A schedule on the bus, all JSON. Its next tick is one message on `cron.…`, which NATS fires on `tick.…` when it is due.
 * Whoever takes it decides what becomes of it, writes the decision on `tickrec.…`, and puts the tick after it on `cron.…`.
 * The last message on `tickrec.…` says where the schedule stands.
 */
import { z } from 'zod';
import { OVERLAP_POLICIES, type ScheduleConfig } from '../config/schedules.ts';
import { ProtocolError } from '../errors.ts';
import { eventIdSchema } from '../events/event.ts';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';

/** What became of a tick. Each tick is in exactly one decision. */
export const TICK_STATES = ['ran', 'caught-up', 'skipped-overlap', 'skipped-paused', 'missed'] as const;
export type TickState = (typeof TICK_STATES)[number];

/** Ticks of one decision that are run later, and so the most that a schedule catches up. */
export const MOST_CAUGHT_UP = 100;
/** Events that a schedule remembers because they may not have ended; the oldest is forgotten first. */
export const MOST_OPEN_EVENTS = 20;

const timingSchema = z.string().max(512);

/** Message on `cron.…` and `tick.…`. */
export const plannedTickSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** `timingOf` the schedule it was computed for: of another one, it is no tick any more. */
  timing: timingSchema,
  scheduledAt: z.iso.datetime(),
});
export type PlannedTick = z.output<typeof plannedTickSchema>;

export const decidedTicksSchema = z.strictObject({
  /** The tick, or the first one of several that follow each other. */
  scheduledAt: z.iso.datetime(),
  /** The last one of several; null: it is one tick. */
  until: z.iso.datetime().nullable(),
  /** How many; null: more than were counted. */
  ticks: z.int().min(1).nullable(),
  state: z.enum(TICK_STATES),
  /** The event that runs the tick; null when it does not run. */
  event: eventIdSchema.nullable(),
});
export type DecidedTicks = z.output<typeof decidedTicksSchema>;

/** Message on `tickrec.…`. Written before the events are accepted: whoever is lost in between is followed by another. */
export const tickRecordSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  cause: z.enum(['tick', 'manual']),
  decidedAt: z.iso.datetime(),
  gateway: nameSchema,
  /** Version that was current then. */
  version: z.string(),
  timing: timingSchema,
  overlap: z.enum(OVERLAP_POLICIES),
  /** The newest tick of this timing about which anything was decided; null: none yet. */
  decidedUpTo: z.iso.datetime().nullable(),
  /** Oldest first. */
  decisions: z.array(decidedTicksSchema).max(MOST_CAUGHT_UP + 10),
  /** Events of the schedule that had not ended then, or of which it is not known, oldest first. */
  open: z.array(eventIdSchema).max(MOST_OPEN_EVENTS),
  /** Events that end for the sake of the ones that begin. */
  replaced: z.array(eventIdSchema).max(MOST_OPEN_EVENTS),
});
export type TickRecord = z.output<typeof tickRecordSchema>;

/** KV bucket with one entry for each schedule that is paused, key `schedulePauseKey`. */
export const SCHEDULE_PAUSES_BUCKET = 'schedule-pauses';

export const schedulePauseSchema = z.strictObject({ v: z.literal(PROTOCOL_VERSION), pausedAt: z.iso.datetime() });
export type SchedulePause = z.output<typeof schedulePauseSchema>;

/** Names hold no dot. */
export const schedulePauseKey = (tenant: string, name: string, schedule: string): string =>
  `${tenant}.${name}.${schedule}`;

/** All that decides when a schedule is due, as one text: schedules with the same one have the same ticks. */
export function timingOf(schedule: ScheduleConfig): string {
  const { cron, timezone, start = '', end = '', except = '', jitter = '' } = schedule;
  return [cron, timezone, start, end, except, jitter].join('|');
}

/** What `sovfn.jsonc` says under `cron`, from a text that `timingOf` made. */
export const cronOfTiming = (timing: string): string => timing.slice(0, timing.indexOf('|'));

/** Throws ProtocolError. */
export function decodePlannedTick(message: Uint8Array): PlannedTick {
  return decode(plannedTickSchema, message, 'a planned tick');
}

/** Throws ProtocolError. */
export function decodeTickRecord(message: Uint8Array): TickRecord {
  return decode(tickRecordSchema, message, 'the record of a tick');
}

function decode<T>(schema: z.ZodType<T>, message: Uint8Array, what: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(message).toString('utf8')));
  } catch (error) {
    throw new ProtocolError(`${what} cannot be read: ${String(error).slice(0, 500)}`);
  }
}
