/** Schedules in the control API. */
import { z } from 'zod';
import { MISSED_POLICIES, OVERLAP_POLICIES } from '../config/schedules.ts';
import { eventIdSchema } from '../events/event.ts';
import { EVENT_STATES } from '../events/record.ts';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { HOLIDAY_CALENDARS } from './french-holidays.ts';
import { decidedTicksSchema } from './messages.ts';

const version1 = z.literal(PROTOCOL_VERSION);

export const scheduleSummarySchema = z.strictObject({
  function: nameSchema,
  name: nameSchema,
  cron: z.string(),
  timezone: z.string(),
  overlap: z.enum(OVERLAP_POLICIES),
  missed: z.enum(MISSED_POLICIES),
  except: z.enum(HOLIDAY_CALENDARS).nullable(),
  /** Since when its ticks do not run; null: they do. */
  pausedAt: z.iso.datetime().nullable(),
  /** The next ticks, at most five; fewer when it ends. */
  next: z.array(z.iso.datetime()),
  /** What became of the last ticks; null: nothing is known of any. */
  last: decidedTicksSchema.nullable(),
});
export type ScheduleSummary = z.output<typeof scheduleSummarySchema>;

export const scheduleListSchema = z.strictObject({
  v: version1,
  /** By function and name. */
  schedules: z.array(scheduleSummarySchema),
  /** False: there are more. */
  isComplete: z.boolean(),
});
export type ScheduleList = z.output<typeof scheduleListSchema>;

/** Body of `POST /v1/functions/{name}/schedules/{schedule}/run`. */
export const runScheduleRequestSchema = z.strictObject({
  v: version1,
  /** The time that the handler is told: with its offset, or in the time zone of the schedule; null: now. */
  at: z.string().max(40).nullable(),
});
export type RunScheduleRequest = z.output<typeof runScheduleRequestSchema>;

export const runScheduleResponseSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  schedule: nameSchema,
  event: eventIdSchema,
  scheduledAt: z.iso.datetime(),
});
export type RunScheduleResponse = z.output<typeof runScheduleResponseSchema>;

/** Answer of `…/pause` and `…/resume`. */
export const schedulePauseResponseSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  schedule: nameSchema,
  pausedAt: z.iso.datetime().nullable(),
});
export type SchedulePauseResponse = z.output<typeof schedulePauseResponseSchema>;

export const scheduleHistorySchema = z.strictObject({
  v: version1,
  function: nameSchema,
  schedule: nameSchema,
  /** Newest first. */
  ticks: z.array(
    z.strictObject({
      ...decidedTicksSchema.shape,
      cause: z.enum(['tick', 'manual']),
      decidedAt: z.iso.datetime(),
      version: z.string(),
      /** Of the event; null when there is none, or nothing is known of it any more. */
      eventState: z.enum(EVENT_STATES).nullable(),
    }),
  ),
  /** To be given as `before`; null: there are no older ones. */
  next: z.string().nullable(),
});
export type ScheduleHistory = z.output<typeof scheduleHistorySchema>;
