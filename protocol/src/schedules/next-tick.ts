/**
 * When a schedule is due. The rule where clocks change, which docs/schedules.md states and the tests define once more:
 *
 * - A local time that the clocks jump over is due at the first instant after the jump; several of them are one tick.
 * - A local time that the clocks show twice is due the first time only.
 * - An expression for every hour (`30 * * * *`) is an interval rather than a time of day: it is due whenever the clocks show
 *   such a time, also twice, and what they jump over is not made up for.
 * - Intervals (`every 90s`) do not look at local time.
 *
 * Pure: the clock comes from outside. Instants are milliseconds since 1970-01-01T00:00Z.
 */
import { type CronExpression, type Interval, readScheduleTimes, runsEveryHour } from './cron-expression.ts';
import { type HolidayCalendar, isHoliday } from './french-holidays.ts';
import { nextLocalTime } from './next-local-time.ts';
import { instantOf, localTimeOf, type Stretch, stretchAt } from './wall-clock.ts';

/** What decides when a schedule is due, as `sovfn.jsonc` writes it. */
export interface ScheduleTiming {
  readonly cron: string;
  readonly timezone: string;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly except?: HolidayCalendar | undefined;
}

/** The first tick after an instant; null when none follows. */
export type NextTick = (after: number) => number | null;

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** Timings that are kept worked out; the one that was made first goes first. */
const MOST_KEPT = 2_000;
const kept = new Map<string, NextTick>();

/** Throws RangeError for a timing that the schema of schedules refuses. Equal timings share what was worked out. */
export function makeNextTick(timing: ScheduleTiming): NextTick {
  const { cron, timezone, start, end, except } = timing;
  const key = JSON.stringify([cron, timezone, start, end, except]);
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = rememberingLast(compile(timing));
  if (kept.size === MOST_KEPT) kept.delete(kept.keys().next().value!);
  kept.set(key, made);
  return made;
}

/** Whoever handles a tick asks the same more than once, and so do all schedules that are due at the same time. */
function rememberingLast(next: NextTick): NextTick {
  let asked = NaN;
  let answer: number | null = null;
  return (after) => {
    if (after !== asked) {
      answer = next(after);
      asked = after;
    }
    return answer;
  };
}

function compile(timing: ScheduleTiming): NextTick {
  const times = readScheduleTimes(timing.cron);
  if ('problem' in times) throw new RangeError(`"${timing.cron}" is no schedule: ${times.problem}`);
  const { timezone, except = null } = timing;
  const start = boundOf(timing.start, timezone) ?? null;
  const end = boundOf(timing.end, timezone) ?? Infinity;
  return (after) => {
    const from = start === null ? after : Math.max(after, start - 1);
    const tick =
      times.kind === 'interval'
        ? nextMultiple({ times, timezone, except, origin: start ?? 0 }, from)
        : nextOfCron({ times, timezone, except }, from);
    return tick === null || tick > end ? null : tick;
  };
}

function boundOf(text: string | undefined, timezone: string): number | undefined {
  if (text === undefined) return undefined;
  const instant = instantOf(text, timezone);
  if (instant === null) throw new RangeError(`"${text}" is no time`);
  return instant;
}

interface CronTiming {
  readonly times: CronExpression;
  readonly timezone: string;
  readonly except: HolidayCalendar | null;
}

/** Walks from one change of the clocks to the next until a time holds. */
function nextOfCron(timing: CronTiming, after: number): number | null {
  let stretch = stretchAt(after, timing.timezone);
  let from = Math.max(
    Math.floor((after + stretch.offset) / SECOND_MS) * SECOND_MS + SECOND_MS,
    firstLocal(timing, stretch),
  );
  for (;;) {
    const local = nextLocalTime(timing.times, timing.except, from);
    if (local === null) return null;
    if (local - stretch.offset < stretch.end) return Math.max(local - stretch.offset, stretch.start);
    stretch = stretchAt(stretch.end, timing.timezone);
    from = firstLocal(timing, stretch);
  }
}

/**
 * The first local time that is due in a stretch, which began with a change of the clocks. For times of day it is the one at
 * which the stretch before ended: those that were jumped over follow, those that come again lie before it.
 */
function firstLocal({ times }: CronTiming, { start, offset, offsetBefore }: Stretch): number {
  return start + (runsEveryHour(times) ? offset : offsetBefore);
}

interface IntervalTiming {
  readonly times: Interval;
  readonly timezone: string;
  readonly except: HolidayCalendar | null;
  readonly origin: number;
}

function nextMultiple({ times, timezone, except, origin }: IntervalTiming, after: number): number {
  const { milliseconds } = times;
  const firstFrom = (instant: number): number => origin + Math.ceil((instant - origin) / milliseconds) * milliseconds;
  let tick = firstFrom(after + 1);
  while (except !== null && isHolidayAt(except, tick, timezone)) tick = firstFrom(endOfDay(tick, timezone));
  return tick;
}

function isHolidayAt(calendar: HolidayCalendar, instant: number, timezone: string): boolean {
  const local = new Date(localTimeOf(instant, timezone));
  const date = { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() };
  return isHoliday(calendar, date);
}

/** The first instant of the next local day. */
function endOfDay(instant: number, timezone: string): number {
  const local = localTimeOf(instant, timezone);
  const midnight = new Date((Math.floor(local / DAY_MS) + 1) * DAY_MS);
  return instantOf(midnight.toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length), timezone)!;
}
