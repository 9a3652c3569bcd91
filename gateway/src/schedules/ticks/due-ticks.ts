/** Which ticks of a schedule have come due until now: one as a rule, more after an outage. Pure. */
import { MOST_CAUGHT_UP, type NextTick } from '@sovfn/protocol';

export interface DueTick {
  readonly scheduledAt: number;
  /** When it is to begin: `scheduledAt` and the schedule's jitter. Never before the tick in front of it. */
  readonly dueAt: number;
}

/** Ticks that are too many to look at one by one. */
export interface OlderTicks {
  readonly first: number;
  readonly last: number;
  /** Null: more than were counted. */
  readonly count: number | null;
}

export interface DueTicks {
  readonly older: OlderTicks | null;
  /** Oldest first, at least one, at most MOST_CAUGHT_UP. */
  readonly newest: readonly DueTick[];
}

export interface DueTicksOptions {
  readonly next: NextTick;
  readonly dueAtOf: (scheduledAt: number) => number;
  /** A tick that has come due, whatever the clock of this gateway says. */
  readonly first: number;
  readonly now: number;
  /** Ticks from there on are somebody else's. */
  readonly before: number;
}

/** Ticks that are counted one by one. */
const MOST_COUNTED = 2_000;

export function dueTicks(options: DueTicksOptions): DueTicks {
  const { first } = options;
  const counted = [first, ...ticksAfter(options, first)];
  if (counted.length <= MOST_CAUGHT_UP) return { older: null, newest: withDueTimes(options, counted) };
  const isAll = counted.length <= MOST_COUNTED;
  const latest = isAll ? counted : latestTicks(options);
  const newest = latest.slice(-MOST_CAUGHT_UP);
  const last = latest.at(-MOST_CAUGHT_UP - 1)!;
  const count = isAll ? counted.length - newest.length : null;
  return { older: { first, last, count }, newest: withDueTimes(options, newest) };
}

/** Those that are due, at most MOST_COUNTED. */
function ticksAfter({ next, dueAtOf, now, before }: DueTicksOptions, after: number): number[] {
  const found: number[] = [];
  for (let tick = next(after); tick !== null && tick < before && dueAtOf(tick) <= now; tick = next(tick)) {
    if (found.length === MOST_COUNTED) break;
    found.push(tick);
  }
  return found;
}

/** The newest of more ticks than can be counted; where to begin is sought by halving. */
function latestTicks(options: DueTicksOptions): number[] {
  let early = options.first;
  let late = Math.min(options.now, options.before);
  while (late - early > 1) {
    const start = Math.floor((early + late) / 2);
    const ticks = ticksAfter(options, start);
    if (ticks.length === MOST_COUNTED) early = start;
    else if (ticks.length <= MOST_CAUGHT_UP) late = start;
    else return ticks;
  }
  return ticksAfter(options, early);
}

function withDueTimes({ dueAtOf }: DueTicksOptions, ticks: readonly number[]): DueTick[] {
  let latest = -Infinity;
  return ticks.map((scheduledAt) => {
    latest = Math.max(latest, dueAtOf(scheduledAt));
    return { scheduledAt, dueAt: latest };
  });
}
