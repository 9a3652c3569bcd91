import type { MissedPolicy, OverlapPolicy } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { decideTicks, type Situation } from './decide-ticks.ts';

const MINUTE_MS = 60_000;
const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

/** Ticks so many milliseconds ago, oldest first; the states in which they end. */
function states(ages: readonly number[], more: Partial<Situation> = {}): string[] {
  let events = 0;
  const newest = ages.map((age) => ({ scheduledAt: NOW - age, dueAt: NOW - age }));
  const decisions = decideTicks({
    ...{ due: { older: null, newest }, now: NOW, isPaused: false, missed: 'last', overlap: 'allow', hasOpen: false },
    ...{ isOvertaken: false, newEvent: () => `event-${++events}` },
    ...more,
  });
  for (const { state, event } of decisions) expect(event !== null).toBe(state === 'ran' || state === 'caught-up');
  expect(decisions.reduce((sum, { ticks }) => sum + ticks!, 0)).toBe(ages.length);
  return decisions.map(({ state, ticks }) => (ticks === 1 ? state : `${state} ×${ticks}`));
}

const outage = [180, 120, 60, 0].map((minutes) => minutes * MINUTE_MS + 2 * MINUTE_MS);

test.each([
  ['none', ['missed ×4']],
  ['last', ['missed ×3', 'caught-up']],
  ['all', ['caught-up', 'caught-up', 'caught-up', 'caught-up']],
] satisfies [MissedPolicy, string[]][])(
  'after an outage, missed: %s makes of four late ticks %j',
  (missed, expected) => {
    expect(states(outage, { missed })).toEqual(expected);
  },
);

test.each([
  ['none', ['missed ×3', 'ran']],
  ['last', ['missed ×3', 'ran']],
  ['all', ['caught-up', 'caught-up', 'caught-up', 'ran']],
] satisfies [MissedPolicy, string[]][])(
  'a newest tick that is up to a minute late runs under missed: %s',
  (missed, expected) => {
    expect(
      states(
        [180, 120, 60, 0].map((minutes) => minutes * MINUTE_MS + 59_000),
        { missed },
      ),
    ).toEqual(expected);
  },
);

test('ticks up to five seconds late all run, so that a busy second loses none of a schedule for every second', () => {
  expect(states([5_000, 4_000, 3_000, 2_000, 1_000, 0], { missed: 'none' })).toEqual(Array<string>(6).fill('ran'));
  expect(states([7_000, 6_000, 5_000], { missed: 'none' })).toEqual(['missed ×2', 'ran']);
});

test('while paused nothing runs and nothing is missed', () => {
  expect(states(outage, { isPaused: true })).toEqual(['skipped-paused ×4']);
});

test.each([
  ['skip', true, ['skipped-overlap']],
  ['skip', false, ['ran']],
  ['queue', true, ['ran']],
  ['allow', true, ['ran']],
  ['replace', true, ['ran']],
] satisfies [OverlapPolicy, boolean, string[]][])(
  'overlap: %s with a run that goes on (%j) ends %j',
  (overlap, hasOpen, expected) => {
    expect(states([10], { overlap, hasOpen })).toEqual(expected);
  },
);

test.each([
  ['skip', ['caught-up', 'skipped-overlap ×3']],
  ['replace', ['skipped-overlap ×3', 'caught-up']],
  ['queue', ['caught-up', 'caught-up', 'caught-up', 'caught-up']],
] satisfies [OverlapPolicy, string[]][])(
  'of ticks that are caught up at once, overlap: %s keeps %j',
  (overlap, expected) => {
    expect(states(outage, { missed: 'all', overlap })).toEqual(expected);
  },
);

test('a tick that comes after a newer one was decided is missed, unless all are caught up', () => {
  expect(states([2 * MINUTE_MS], { isOvertaken: true })).toEqual(['missed']);
  expect(states([10_000], { isOvertaken: true })).toEqual(['missed']);
  expect(states([2 * MINUTE_MS], { isOvertaken: true, missed: 'all' })).toEqual(['caught-up']);
});

test('what is too much to be told one by one is missed, with its number where it is known', () => {
  const older = { first: NOW - 9_000_000, last: NOW - 8_000_000, count: 141 };
  const newest = [{ scheduledAt: NOW - 7_000_000, dueAt: NOW - 7_000_000 }];
  const base = { now: NOW, isPaused: false, overlap: 'allow', hasOpen: false, isOvertaken: false } as const;
  const newEvent = (): string => 'event';
  const of = (count: number | null, missed: MissedPolicy) =>
    decideTicks({ ...base, newEvent, missed, due: { older: { ...older, count }, newest } });
  expect(of(141, 'all').map(({ state, ticks }) => [state, ticks])).toEqual([
    ['missed', 141],
    ['caught-up', 1],
  ]);
  expect(of(141, 'none').map(({ state, ticks }) => [state, ticks])).toEqual([['missed', 142]]);
  expect(of(null, 'none')).toMatchObject([{ ticks: null, until: new Date(NOW - 7_000_000).toISOString() }]);
});
