import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeNextTick, type ScheduleTiming } from '../src/schedules/index.ts';
import { cronOf, distances, type MinuteExpression, shownTimes, ticksByTheRule, type Window } from './every-minute.ts';

const HOUR_MS = 3_600_000;
const YEARS: Window = { from: Date.UTC(2023, 0, 1), to: Date.UTC(2031, 0, 1) };
const RANDOM_EXPRESSIONS = 4;
/** Ticks are compared up to NEAR_MS from a change; the rule looks at more, because of what lies at the edges. */
const WINDOW_MS = 15 * HOUR_MS;
const NEAR_MS = 10 * HOUR_MS;
/** Every zone is looked at for each of its changes: seconds of computing. */
const LONG_MS = 240_000;

/** Local time and offset of the ticks in a window. */
function ticks(timing: Partial<ScheduleTiming> & { cron: string }, from: string, to: string): string[] {
  const timezone = timing.timezone ?? 'Europe/Paris';
  return ticksIn({ ...timing, timezone }, { from: Date.parse(from), to: Date.parse(to) }).map((tick) =>
    Temporal.Instant.fromEpochMilliseconds(tick)
      .toZonedDateTimeISO(timezone)
      .toString({ timeZoneName: 'never', smallestUnit: 'minute' }),
  );
}

function ticksIn(timing: ScheduleTiming, { from, to }: Window): number[] {
  const next = makeNextTick(timing);
  const found: number[] = [];
  for (let at = next(from - 1); at !== null && at < to; at = next(at)) found.push(at);
  return found;
}

const SPRING = ['2026-03-29T00:00+01:00', '2026-03-29T05:00+02:00'] as const;
const AUTUMN = ['2026-10-25T00:00+02:00', '2026-10-25T05:00+01:00'] as const;

test.each([
  ['30 2 * * *', ['2026-03-29T03:00+02:00']],
  ['0 2 * * *', ['2026-03-29T03:00+02:00']],
  ['0,30 2,3 * * *', ['2026-03-29T03:00+02:00', '2026-03-29T03:30+02:00']],
  ['59 1 * * *', ['2026-03-29T01:59+01:00']],
  ['0 3 * * *', ['2026-03-29T03:00+02:00']],
  [
    '30 * * * *',
    [...['2026-03-29T00:30+01:00', '2026-03-29T01:30+01:00', '2026-03-29T03:30+02:00', '2026-03-29T04:30+02:00']],
  ],
  ['every 2h', ['2026-03-29T01:00+01:00', '2026-03-29T04:00+02:00']],
])('on 29 March 2026 in Paris, where 02:00 to 03:00 is jumped over, %s is due at %j', (cron, expected) => {
  expect(ticks({ cron }, ...SPRING)).toEqual(expected);
});

test.each([
  ['30 2 * * *', ['2026-10-25T02:30+02:00']],
  [
    '0,30 2,3 * * *',
    ['2026-10-25T02:00+02:00', '2026-10-25T02:30+02:00', '2026-10-25T03:00+01:00', '2026-10-25T03:30+01:00'],
  ],
  ['0 3 * * *', ['2026-10-25T03:00+01:00']],
  ['0 */2 * * *', ['2026-10-25T00:00+02:00', '2026-10-25T02:00+02:00', '2026-10-25T04:00+01:00']],
  [
    '30 * * * *',
    [
      ...['2026-10-25T00:30+02:00', '2026-10-25T01:30+02:00', '2026-10-25T02:30+02:00', '2026-10-25T02:30+01:00'],
      ...['2026-10-25T03:30+01:00', '2026-10-25T04:30+01:00'],
    ],
  ],
  ['every 2h', ['2026-10-25T00:00+02:00', '2026-10-25T02:00+02:00', '2026-10-25T03:00+01:00']],
])('on 25 October 2026 in Paris, where 02:00 to 03:00 comes twice, %s is due at %j', (cron, expected) => {
  expect(ticks({ cron }, ...AUTUMN)).toEqual(expected);
});

test('whoever asks from within the repeated hour gets no tick of it a second time', () => {
  const next = makeNextTick({ cron: '30 2 * * *', timezone: 'Europe/Paris' });
  expect(new Date(next(Date.parse('2026-10-25T02:15+01:00'))!).toISOString()).toBe('2026-10-26T01:30:00.000Z');
  expect(new Date(next(Date.parse('2026-10-25T02:30+02:00'))!).toISOString()).toBe('2026-10-26T01:30:00.000Z');
});

test('where midnight is jumped over, a daily schedule runs at the first instant of the day', () => {
  const cairo = { cron: '@daily', timezone: 'Africa/Cairo' };
  expect(ticks(cairo, '2026-04-23T12:00Z', '2026-04-25T12:00Z')).toEqual([
    '2026-04-24T01:00+03:00',
    '2026-04-25T00:00+03:00',
  ]);
});

test('where a whole day was jumped over, all its ticks are one, at the start of the day after', () => {
  const apia = { cron: '0 6,18 * * *', timezone: 'Pacific/Apia' };
  expect(ticks(apia, '2011-12-29T12:00Z', '2011-12-31T12:00Z')).toEqual([
    '2011-12-29T06:00-10:00',
    '2011-12-29T18:00-10:00',
    '2011-12-31T00:00+14:00',
    '2011-12-31T06:00+14:00',
    '2011-12-31T18:00+14:00',
  ]);
});

test('a shift of half an hour follows the same rule', () => {
  const lordHowe = { timezone: 'Australia/Lord_Howe', cron: '15 2 * * *' };
  expect(ticks(lordHowe, '2026-10-03T12:00Z', '2026-10-04T12:00Z')).toEqual(['2026-10-04T02:30+11:00']);
  expect(ticks({ ...lordHowe, cron: '45 1 * * *' }, '2026-04-04T12:00Z', '2026-04-05T12:00Z')).toEqual([
    '2026-04-05T01:45+11:00',
  ]);
});

test(
  'at every change of the clocks from 2023 to 2030, in every zone, ticks are those of the rule as it is written',
  () => {
    const samples = fc.sample(expressions, { numRuns: 500, seed: 1 });
    const looked = new Set<string>();
    for (const timezone of Intl.supportedValuesOf('timeZone')) {
      for (const change of changesOf(timezone)) {
        const window = { from: change - WINDOW_MS, to: change + WINDOW_MS };
        const distance = distances(timezone, window);
        // Most zones of a continent change together: one of them is enough.
        if (looked.has(`${change} ${distance.join()}`)) continue;
        looked.add(`${change} ${distance.join()}`);
        const shown = shownTimes(distance, window);
        const near = { from: change - NEAR_MS, to: change + NEAR_MS };
        const start = (looked.size * RANDOM_EXPRESSIONS) % samples.length;
        for (const expression of [...FIXED, ...samples.slice(start, start + RANDOM_EXPRESSIONS)]) {
          const cron = cronOf(expression);
          const expected = ticksByTheRule(expression, shown).filter((at) => at >= near.from && at < near.to);
          expect({ timezone, cron, ticks: ticksIn({ cron, timezone }, near) }).toEqual({
            timezone,
            cron,
            ticks: expected,
          });
        }
      }
    }
    expect(looked.size).toBeGreaterThan(200);
  },
  LONG_MS,
);

const all = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const FIXED: readonly MinuteExpression[] = [
  { minutes: [0, 15, 30, 45], hours: all(24), weekdays: null },
  { minutes: [0, 30], hours: [0, 1, 2, 3, 23], weekdays: null },
];
const expressions: fc.Arbitrary<MinuteExpression> = fc.record({
  minutes: fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 6 }),
  hours: fc.oneof(
    fc.constant(all(24)),
    fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 8 }),
  ),
  weekdays: fc.oneof(fc.constant(null), fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 })),
});

/** Instants of YEARS at which a zone's distance from UTC becomes another, to the minute. */
function changesOf(timezone: string): number[] {
  const changes: number[] = [];
  const at = (instant: number) => Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone);
  let next = at(YEARS.from).getTimeZoneTransition('next');
  while (next !== null && next.epochMilliseconds < YEARS.to) {
    changes.push(next.epochMilliseconds);
    next = next.getTimeZoneTransition('next');
  }
  return changes;
}
