/**
 * Reads the times of a schedule as `sovfn.jsonc` writes them: five or six fields, a nickname, or an interval. Pure.
 * What a text means is said in docs/schedules.md; where a library would differ, see docs/adr/0009.
 */
import { durationMs, durationSchema } from '../config/duration.ts';

/** Local times that hold: every field is a sorted list with at least one number. */
export interface CronExpression {
  readonly kind: 'cron';
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly days: DaysOfMonth;
  readonly weekdays: Weekdays;
}

interface DaysOfMonth {
  readonly numbers: readonly number[];
  /** `L`: whatever number it has. */
  readonly hasLast: boolean;
  /** Written as `*`: the weekday alone decides. */
  readonly isEvery: boolean;
}

interface Weekdays {
  /** 0 is Sunday. */
  readonly numbers: readonly number[];
  /** `MON#2`: the second Monday of the month; `MON#L`: the last one. */
  readonly nth: readonly { readonly weekday: number; readonly nth: number | 'last' }[];
  /** Written as `*`: the day of the month alone decides. */
  readonly isEvery: boolean;
}

/** Multiples of a time, counted from the schedule's start, else from 1970-01-01T00:00Z. */
export interface Interval {
  readonly kind: 'interval';
  readonly milliseconds: number;
}

export type ScheduleTimes = CronExpression | Interval;

/** Why a text is no expression: a sentence without its full stop. */
export interface CronProblem {
  readonly problem: string;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** The first one stands for `min`. */
  readonly words: readonly string[];
  /** What `*` means: one list for all expressions. */
  readonly all: readonly number[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const SECOND: Field = { name: 'second', min: 0, max: 59, words: [], all: range(0, 59) };
const MINUTE: Field = { name: 'minute', min: 0, max: 59, words: [], all: range(0, 59) };
const HOUR: Field = { name: 'hour', min: 0, max: 23, words: [], all: range(0, 23) };
const DAY: Field = { name: 'day', min: 1, max: 31, words: [], all: range(1, 31) };
const MONTH: Field = { name: 'month', min: 1, max: 12, words: MONTHS, all: range(1, 12) };
/** Both 0 and 7 are Sunday. */
const WEEKDAY: Field = { name: 'weekday', min: 0, max: 7, words: WEEKDAYS, all: range(0, 6) };

const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
};
const SHORTEST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 366 * 86_400_000;
const HOURS_OF_DAY = 24;
const LONGEST_MONTHS: readonly number[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function readScheduleTimes(text: string): ScheduleTimes | CronProblem {
  const written = text.trim();
  const interval = /^every\s+(\S+)$/i.exec(written);
  if (interval !== null) return readInterval(interval[1]!);
  if (written.startsWith('@')) {
    const fields = NICKNAMES[written.toLowerCase()];
    if (fields === undefined) return { problem: `there is no ${written}: write ${listOf(Object.keys(NICKNAMES))}` };
    return readFields(fields);
  }
  return readFields(written);
}

/** An interval rather than times of day: see next-tick.ts for what that means where clocks change. */
export function runsEveryHour({ hours }: CronExpression): boolean {
  return hours.length === HOURS_OF_DAY;
}

/** Milliseconds that lie between any two ticks, where the clocks do not change. */
export function shortestGap(times: ScheduleTimes): number {
  if (times.kind === 'interval') return times.milliseconds;
  const { seconds, minutes, hours } = times;
  if (seconds.length > 1) return shortestStep(seconds, 60) * 1_000;
  if (minutes.length > 1) return shortestStep(minutes, 60) * 60_000;
  return shortestStep(hours, HOURS_OF_DAY) * 3_600_000;
}

/** Between neighbours on a circle; a single value is its own neighbour. */
function shortestStep(values: readonly number[], circle: number): number {
  const steps = values.map((value, index) => (values[index + 1] ?? values[0]! + circle) - value);
  return Math.min(...steps);
}

function readInterval(text: string): Interval | CronProblem {
  const milliseconds = durationSchema.safeParse(text).success ? durationMs(text) : 0;
  const isPossible = milliseconds >= SHORTEST_INTERVAL_MS && milliseconds <= LONGEST_INTERVAL_MS;
  if (isPossible && milliseconds % SHORTEST_INTERVAL_MS === 0) return { kind: 'interval', milliseconds };
  return { problem: 'after "every" must stand whole seconds, from 1s to 366d, such as 90s, 15m or 2h' };
}

function readFields(text: string): CronExpression | CronProblem {
  const fields = text.split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    const forms = 'five fields (minute hour day month weekday), six with seconds in front, @daily, or "every 90s"';
    return { problem: `must be ${forms}; it has ${text === '' ? 0 : fields.length} fields` };
  }
  const [second, minute, hour, day, month, weekday] = fields.length === 6 ? fields : ['0', ...fields];
  try {
    const expression: CronExpression = {
      kind: 'cron',
      seconds: readNumbers(second!, SECOND),
      minutes: readNumbers(minute!, MINUTE),
      hours: readNumbers(hour!, HOUR),
      days: readDays(day!),
      months: readNumbers(month!, MONTH),
      weekdays: readWeekdays(weekday!),
    };
    return neverHolds(expression) ? { problem: `never holds: none of its months has such a day` } : expression;
  } catch (error) {
    if (error instanceof FieldError) return { problem: error.message };
    throw error;
  }
}

/** Leaves the reading of a field; never leaves this file. */
class FieldError extends Error {
  override name = 'FieldError';
}

function readDays(text: string): DaysOfMonth {
  const parts = text.split(',');
  const plain = parts.filter((part) => part.toUpperCase() !== 'L');
  const numbers = plain.length === 0 ? [] : readNumbers(plain.join(','), DAY);
  return { numbers, hasLast: plain.length < parts.length, isEvery: text === '*' };
}

function readWeekdays(text: string): Weekdays {
  const parts = text.split(',');
  const plain = parts.filter((part) => !part.includes('#'));
  const read = plain.length === 0 ? [] : readNumbers(plain.join(','), WEEKDAY);
  const numbers = [...new Set(read.map((weekday) => weekday % 7))].sort((a, b) => a - b);
  const nth = parts.filter((part) => part.includes('#')).map(readNth);
  return { numbers, nth, isEvery: text === '*' };
}

/** `MON#2` or `MON#L`. */
function readNth(text: string): Weekdays['nth'][number] {
  const [weekday = '', place = ''] = text.split('#', 2);
  const nth = place.toUpperCase() === 'L' ? 'last' : Number(place);
  if (nth !== 'last' && !/^[1-5]$/.test(place)) {
    throw new FieldError(`weekday ${text} is not possible: after # stands 1–5, or L for the last one of a month`);
  }
  return { weekday: readNumber(weekday, WEEKDAY) % 7, nth };
}

function readNumbers(text: string, field: Field): readonly number[] {
  if (text === '*') return field.all;
  const numbers = new Set(text.split(',').flatMap((part) => readPart(part, field)));
  return [...numbers].sort((a, b) => a - b);
}

/** `*`, `5`, `1-5`, and the last or first with a step: `1-5/2`. */
function readPart(part: string, field: Field): number[] {
  const [base = '', step, ...more] = part.split('/');
  if (more.length > 0) throw new FieldError(`${field.name} ${part} has two steps`);
  const [from, to] = base === '*' ? [field.min, field.all.at(-1)!] : readRange(base, field);
  if (step === undefined) return range(from, to);
  if (base !== '*' && !base.includes('-')) {
    throw new FieldError(`${field.name} ${part} has a step without a range: write ${base}-${field.max}/${step}`);
  }
  const by = readStep(step, field);
  return range(from, to).filter((number) => (number - from) % by === 0);
}

function readRange(text: string, field: Field): [from: number, to: number] {
  const [first = '', last, ...others] = text.split('-');
  if (others.length > 0) throw new FieldError(`${field.name} ${text} is no range`);
  const from = readNumber(first, field);
  const to = last === undefined ? from : readUpper(last, field);
  if (to < from) throw new FieldError(`${field.name} ${text} runs backwards`);
  return [from, to];
}

/** `SAT-SUN` ends with the Sunday after the Saturday. */
function readUpper(text: string, field: Field): number {
  const number = readNumber(text, field);
  return field === WEEKDAY && number === 0 ? 7 : number;
}

function readNumber(text: string, field: Field): number {
  const word = field.words.indexOf(text.toLowerCase());
  if (word !== -1) return field.min + word;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= field.min && number <= field.max) return number;
  const words = field.words.length === 0 ? '' : ` or ${field.words[0]}–${field.words.at(-1)}`;
  const shown = text === '' ? 'is empty' : `"${text}" is not possible`;
  throw new FieldError(`${field.name} ${shown}: it is ${field.min}–${field.max}${words}`);
}

function readStep(text: string, field: Field): number {
  const step = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (step >= 1 && step <= field.max) return step;
  throw new FieldError(`the step "${text}" of ${field.name} is not possible: it is 1–${field.max}`);
}

/** Such as 30 February: no month of the expression has the day, and no weekday is named either. */
function neverHolds({ days, weekdays, months }: CronExpression): boolean {
  if (days.hasLast || days.isEvery || !weekdays.isEvery) return false;
  return months.every((month) => days.numbers[0]! > LONGEST_MONTHS[month - 1]!);
}

const listOf = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
