import { makeNextTick } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { type DueTicks, dueTicks } from './due-ticks.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 0, 1);

interface Asked {
  readonly cron: string;
  readonly first?: number;
  readonly lateMs: number;
  readonly before?: number;
  readonly dueAtOf?: (scheduledAt: number) => number;
}

function due({ cron, first = START, lateMs, before = Infinity, dueAtOf = (at) => at }: Asked): DueTicks {
  return dueTicks({ next: makeNextTick({ cron, timezone: 'UTC' }), dueAtOf, first, now: first + lateMs, before });
}

test('a tick that is taken in time is the only one', () => {
  expect(due({ cron: '0 * * * *', lateMs: 20 })).toEqual({
    older: null,
    newest: [{ scheduledAt: START, dueAt: START }],
  });
});

test('a tick counts as due although the clock of this gateway is behind', () => {
  expect(due({ cron: '0 * * * *', lateMs: -HOUR_MS }).newest).toEqual([{ scheduledAt: START, dueAt: START }]);
});

test('after an outage all ticks up to now are due', () => {
  const { older, newest } = due({ cron: '0 * * * *', lateMs: 3.5 * HOUR_MS });
  expect(older).toBeNull();
  expect(newest.map(({ scheduledAt }) => (scheduledAt - START) / HOUR_MS)).toEqual([0, 1, 2, 3]);
});

test('of more than a hundred the newest hundred are told one by one, and the others counted', () => {
  const { older, newest } = due({ cron: '0 * * * *', lateMs: 10 * DAY_MS });
  expect(newest).toHaveLength(100);
  expect(newest.at(-1)!.scheduledAt).toBe(START + 240 * HOUR_MS);
  expect(older).toEqual({ first: START, last: START + 140 * HOUR_MS, count: 141 });
});

test.each([
  ['* * * * * *', 30 * DAY_MS],
  ['every 1s', 400 * DAY_MS],
  ['* * 3 * * *', 20 * DAY_MS],
  ['* * * * 1 *', 300 * DAY_MS],
])('of more than can be counted (%s) the newest hundred are found all the same', (cron, lateMs) => {
  const { older, newest } = due({ cron, lateMs });
  const next = makeNextTick({ cron, timezone: 'UTC' });
  expect(newest).toHaveLength(100);
  expect(older).toMatchObject({ first: START, count: null });
  const times = [older!.last, ...newest.map(({ scheduledAt }) => scheduledAt)];
  for (const [index, time] of times.slice(1).entries()) expect(next(times[index]!)).toBe(time);
  expect(next(times.at(-1)!)).toBeGreaterThan(START + lateMs);
});

test('ticks that somebody else has decided about are left to them', () => {
  const { newest } = due({ cron: '0 * * * *', lateMs: 5 * HOUR_MS, before: START + 2 * HOUR_MS });
  expect(newest.map(({ scheduledAt }) => (scheduledAt - START) / HOUR_MS)).toEqual([0, 1]);
});

test('a tick is due when its jitter is over, and never before the tick in front of it', () => {
  const dueAtOf = (scheduledAt: number): number => scheduledAt + (scheduledAt === START ? 90_000 : 10_000);
  expect(due({ cron: '* * * * *', lateMs: 65_000, dueAtOf }).newest).toHaveLength(1);
  expect(due({ cron: '* * * * *', lateMs: 70_000, dueAtOf }).newest).toEqual([
    { scheduledAt: START, dueAt: START + 90_000 },
    { scheduledAt: START + 60_000, dueAt: START + 90_000 },
  ]);
});
