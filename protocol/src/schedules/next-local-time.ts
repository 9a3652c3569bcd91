import type { CronExpression } from './cron-expression.ts';
import { type HolidayCalendar, isHoliday } from './french-holidays.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
/** Longer than any expression waits: the longest waits for a February with five Mondays, over a year without leap day. */
const MOST_YEARS = 60;

/** A day of the calendar; months and days count from 1, weekday 0 is Sunday. */
interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
}

/**
 * The first local time from `from` on (included) at which the expression holds, on a day that is no holiday; null when
 * there is none. Local times are milliseconds as if the zone were UTC. Pure.
 */
export function nextLocalTime(expression: CronExpression, except: HolidayCalendar | null, from: number): number | null {
  const lastYear = new Date(from).getUTCFullYear() + MOST_YEARS;
  let midnight = Math.floor(from / DAY_MS) * DAY_MS;
  let notBefore = from - midnight;
  for (;;) {
    const date = calendarDay(midnight);
    if (date.year > lastYear) return null;
    if (!expression.months.includes(date.month)) {
      midnight = Date.UTC(date.year, date.month, 1);
      notBefore = 0;
      continue;
    }
    if (holdsOn(expression, date) && (except === null || !isHoliday(except, date))) {
      const time = nextTimeOfDay(expression, notBefore);
      if (time !== null) return midnight + time;
    }
    midnight += DAY_MS;
    notBefore = 0;
  }
}

/** A day and a weekday together mean either of them, as cron has always read it. */
function holdsOn({ days, weekdays }: CronExpression, date: CalendarDay): boolean {
  const isDay = days.numbers.includes(date.day) || (days.hasLast && date.day === lengthOfMonth(date));
  const isWeekday =
    weekdays.numbers.includes(date.weekday) ||
    weekdays.nth.some(({ weekday, nth }) => weekday === date.weekday && isNth(date, nth));
  return days.isEvery || weekdays.isEvery ? isDay && isWeekday : isDay || isWeekday;
}

function isNth(date: CalendarDay, nth: number | 'last'): boolean {
  if (nth === 'last') return date.day + 7 > lengthOfMonth(date);
  return Math.ceil(date.day / 7) === nth;
}

function nextTimeOfDay({ hours, minutes, seconds }: CronExpression, notBefore: number): number | null {
  for (const hour of hours) {
    if ((hour + 1) * HOUR_MS <= notBefore) continue;
    for (const minute of minutes) {
      const start = hour * HOUR_MS + minute * MINUTE_MS;
      if (start + MINUTE_MS <= notBefore) continue;
      const second = seconds.find((candidate) => start + candidate * SECOND_MS >= notBefore);
      if (second !== undefined) return start + second * SECOND_MS;
    }
  }
  return null;
}

function calendarDay(midnight: number): CalendarDay {
  const date = new Date(midnight);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
  };
}

function lengthOfMonth({ year, month }: CalendarDay): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
