/**
 * The rule of ticks once more, as slowly as it can be said: every minute of a window is looked at, with the local time that
 * `Intl` gives for it. Nothing of this is shared with the code under test.
 */
export interface MinuteExpression {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Null: every day. 0 is Sunday. */
  readonly weekdays: readonly number[] | null;
}

export interface Window {
  readonly from: number;
  readonly to: number;
}

const MINUTE_MS = 60_000;
/** Clocks change at quarters of an hour only, in the years that tests look at. */
const QUARTER_MS = 900_000;
const HOURS_OF_DAY = 24;

export function cronOf({ minutes, hours, weekdays }: MinuteExpression): string {
  const hour = hours.length === HOURS_OF_DAY ? '*' : hours.join(',');
  return `${minutes.join(',')} ${hour} * * ${weekdays === null ? '*' : weekdays.join(',')}`;
}

/** What the clocks of a zone show: its distance from UTC in each quarter of an hour of the window. Milliseconds. */
export function distances(timeZone: string, { from, to }: Window): number[] {
  const format = new Intl.DateTimeFormat('en-u-hc-h23', {
    ...{ timeZone, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
    calendar: 'iso8601',
  });
  const found: number[] = [];
  for (let instant = from; instant < to; instant += QUARTER_MS) {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
    const { year, month, day, hour, minute } = part;
    found.push(Date.UTC(year!, month! - 1, day, hour, minute) - instant);
  }
  return found;
}

/** For each minute of the window its local time, as if the zone were UTC. */
export function shownTimes(distance: readonly number[], { from, to }: Window): Map<number, number> {
  const shown = new Map<number, number>();
  for (let instant = from; instant < to; instant += MINUTE_MS) {
    shown.set(instant, instant + distance[Math.floor((instant - from) / QUARTER_MS)]!);
  }
  return shown;
}

export function ticksByTheRule(expression: MinuteExpression, shown: ReadonlyMap<number, number>): number[] {
  const isInterval = expression.hours.length === HOURS_OF_DAY;
  const instantsOf = Map.groupBy(shown.keys(), (instant) => shown.get(instant)!);
  const instants = [...shown.keys()];
  const ticks = new Set<number>();
  const last = Math.max(...shown.values());
  for (let local = Math.min(...shown.values()); local <= last; local += MINUTE_MS) {
    if (!holds(expression, local)) continue;
    const showing = instantsOf.get(local) ?? [];
    for (const instant of isInterval ? showing : showing.slice(0, 1)) ticks.add(instant);
    if (showing.length === 0 && !isInterval) ticks.add(instants.find((instant) => shown.get(instant)! > local)!);
  }
  return [...ticks].sort((a, b) => a - b);
}

function holds({ minutes, hours, weekdays }: MinuteExpression, local: number): boolean {
  const date = new Date(local);
  if (weekdays !== null && !weekdays.includes(date.getUTCDay())) return false;
  return hours.includes(date.getUTCHours()) && minutes.includes(date.getUTCMinutes());
}
