/** Schedules as `sovfn.jsonc` writes them: when the function's `scheduled` handler runs, and what happens to late runs. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { readScheduleTimes, type ScheduleTimes, shortestGap } from '../schedules/cron-expression.ts';
import { HOLIDAY_CALENDARS } from '../schedules/french-holidays.ts';
import { makeNextTick, type ScheduleTiming } from '../schedules/next-tick.ts';
import { instantOf, isTimeZone } from '../schedules/wall-clock.ts';
import { durationMs, durationSchema } from './duration.ts';
import { retrySchema } from './events.ts';

export const DEFAULT_TIME_ZONE = 'Europe/Paris';

/** Runs of one schedule that come due while an earlier one has not ended. */
export const OVERLAP_POLICIES = ['skip', 'queue', 'replace', 'allow'] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/** Ticks that nobody could take in time. */
export const MISSED_POLICIES = ['none', 'last', 'all'] as const;
export type MissedPolicy = (typeof MISSED_POLICIES)[number];

const MOST_SCHEDULES = 50;
/** For the question whether a schedule ever runs: any instant will do. */
const SOME_INSTANT = Date.UTC(2026, 0, 1);

const timeSchema = z.string().max(40).describe('A time such as 2026-10-25T02:30, in the time zone, or with its offset');

/** One job of the clock. */
export const scheduleSchema = z
  .strictObject({
    name: nameSchema.describe('What the handler, commands and logs call it'),
    cron: z
      .string()
      .max(128)
      .describe('Five fields (minute hour day month weekday), six with seconds in front, @daily, or "every 90s"'),
    timezone: z.string().max(64).default(DEFAULT_TIME_ZONE).describe('IANA name such as Europe/Paris'),
    overlap: z
      .enum(OVERLAP_POLICIES)
      .default('skip')
      .describe('What happens when a run is due while the one before has not ended'),
    missed: z
      .enum(MISSED_POLICIES)
      .default('last')
      .describe('Which of the ticks that could not be taken in time run later'),
    jitter: durationSchema.optional().describe('Each run begins up to this much later than its tick'),
    start: timeSchema.optional().describe('No tick before this time'),
    end: timeSchema.optional().describe('No tick after this time'),
    except: z.enum(HOLIDAY_CALENDARS).optional().describe('No tick on these days'),
    retry: retrySchema.optional().describe('In place of the retry rules of the function'),
  })
  .superRefine((schedule, context) => {
    for (const { path, message } of problemsOfSchedule(schedule)) {
      context.addIssue({ code: 'custom', path: [path], message });
    }
  });
export type ScheduleConfig = z.output<typeof scheduleSchema>;

export const schedulesSchema = z
  .array(scheduleSchema)
  .max(MOST_SCHEDULES)
  .superRefine((schedules, context) => {
    const names = schedules.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      context.addIssue({ code: 'custom', path: [index, 'name'], message: 'must differ from the schedules before it' });
    }
  });

type Timing = ScheduleTiming & Pick<ScheduleConfig, 'jitter'>;

interface Problem {
  readonly path: 'cron' | 'timezone' | 'start' | 'end' | 'jitter';
  readonly message: string;
}

/** Also for whoever takes a timing from elsewhere, such as a command line. */
export function problemsOfSchedule(timing: Timing): Problem[] {
  const times = readScheduleTimes(timing.cron);
  const problems: Problem[] = [];
  if ('problem' in times) problems.push({ path: 'cron', message: times.problem });
  if (!isTimeZone(timing.timezone)) problems.push({ path: 'timezone', message: timeZoneRule(timing.timezone) });
  else problems.push(...problemsOfBounds(timing));
  if (problems.length > 0 || 'problem' in times) return problems;
  return problemsOfTicks(timing, times);
}

function problemsOfBounds({ start, end, timezone }: Timing): Problem[] {
  const problems: Problem[] = [];
  const message = 'must be a time such as 2026-10-25T02:30, or with its offset 2026-10-25T02:30+01:00';
  const first = start === undefined ? -Infinity : instantOf(start, timezone);
  const last = end === undefined ? Infinity : instantOf(end, timezone);
  if (first === null) problems.push({ path: 'start', message });
  if (last === null) problems.push({ path: 'end', message });
  if (first !== null && last !== null && first >= last)
    problems.push({ path: 'end', message: 'must be after the start' });
  return problems;
}

function problemsOfTicks(timing: Timing, times: ScheduleTimes): Problem[] {
  const { jitter, except, cron, timezone } = timing;
  const gap = shortestGap(times);
  if (jitter !== undefined && durationMs(jitter) >= gap) {
    return [{ path: 'jitter', message: `must be shorter than the time between two ticks, which is ${gap / 1_000} s` }];
  }
  if (except !== undefined && makeNextTick({ cron, timezone, except })(SOME_INSTANT) === null) {
    return [{ path: 'cron', message: 'never holds: all its days are holidays' }];
  }
  return [];
}

/** Names a zone that ends like the text, so that `Paris` leads to `Europe/Paris`. */
function timeZoneRule(text: string): string {
  const wanted = text.trim().replaceAll(' ', '_').toLowerCase();
  const zones = Intl.supportedValuesOf('timeZone');
  const near = zones.find((zone) => zone.toLowerCase() === wanted || zone.toLowerCase().endsWith(`/${wanted}`));
  return `must be the IANA name of a time zone, such as ${near ?? DEFAULT_TIME_ZONE}`;
}
