import { Cron } from 'croner';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readScheduleTimes } from './cron-expression.ts';
import { makeNextTick } from './next-tick.ts';

const FROM = Date.UTC(2023, 10, 17, 8, 1, 5);

test.each([
  [
    '',
    'must be five fields (minute hour day month weekday), six with seconds in front, @daily, or "every 90s"; it has 0 fields',
  ],
  [
    '* * *',
    'must be five fields (minute hour day month weekday), six with seconds in front, @daily, or "every 90s"; it has 3 fields',
  ],
  [
    '0 0 1 1 * * 2026',
    'must be five fields (minute hour day month weekday), six with seconds in front, @daily, or "every 90s"; it has 7 fields',
  ],
  ['61 * * * *', 'minute "61" is not possible: it is 0–59'],
  ['* 24 * * *', 'hour "24" is not possible: it is 0–23'],
  ['* * 0 * *', 'day "0" is not possible: it is 1–31'],
  ['* * * 13 *', 'month "13" is not possible: it is 1–12 or jan–dec'],
  ['* * * * 8', 'weekday "8" is not possible: it is 0–7 or sun–sat'],
  ['* * * * mond', 'weekday "mond" is not possible: it is 0–7 or sun–sat'],
  ['* * ? * *', 'day "?" is not possible: it is 1–31'],
  ['1,,2 * * * *', 'minute is empty: it is 0–59'],
  ['-5 * * * *', 'minute is empty: it is 0–59'],
  ['5-1 * * * *', 'minute 5-1 runs backwards'],
  ['1-2-3 * * * *', 'minute 1-2-3 is no range'],
  ['*/0 * * * *', 'the step "0" of minute is not possible: it is 1–59'],
  ['*/x * * * *', 'the step "x" of minute is not possible: it is 1–59'],
  ['*/2/2 * * * *', 'minute */2/2 has two steps'],
  ['5/10 * * * *', 'minute 5/10 has a step without a range: write 5-59/10'],
  ['* * 30 2 *', 'never holds: none of its months has such a day'],
  ['* * 31 feb,apr,jun *', 'never holds: none of its months has such a day'],
  ['* * * * mon#6', 'weekday mon#6 is not possible: after # stands 1–5, or L for the last one of a month'],
  ['@noon', 'there is no @noon: write @hourly, @daily, @weekly, @monthly or @yearly'],
  [
    'every',
    'must be five fields (minute hour day month weekday), six with seconds in front, @daily, or "every 90s"; it has 1 fields',
  ],
  ['every 500ms', 'after "every" must stand whole seconds, from 1s to 366d, such as 90s, 15m or 2h'],
  ['every 0s', 'after "every" must stand whole seconds, from 1s to 366d, such as 90s, 15m or 2h'],
  ['every 1500ms', 'after "every" must stand whole seconds, from 1s to 366d, such as 90s, 15m or 2h'],
  ['every 400d', 'after "every" must stand whole seconds, from 1s to 366d, such as 90s, 15m or 2h'],
])('%j is refused: %s', (text, problem) => {
  expect(readScheduleTimes(text)).toEqual({ problem });
});

test.each([
  ['*/15 9-17 * * mon-fri', '*/15 9-17 * * 1-5'],
  ['0 0 * * SAT-SUN', '0 0 * * 0,6'],
  ['0 0 * * 7', '0 0 * * sun'],
  ['30 2 * * *', '0 30 2 * * *'],
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@weekly', '0 0 * * sun'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 jan *'],
  [' 0  0 * * * ', '0 0 * * *'],
])('%j means %j', (text, same) => {
  expect(readScheduleTimes(text)).toEqual(readScheduleTimes(same));
});

test.each([
  ['0 18 L * *', ['2023-11-30T18', '2023-12-31T18', '2024-01-31T18', '2024-02-29T18']],
  ['0 18 15,L * *', ['2023-11-30T18', '2023-12-15T18', '2023-12-31T18', '2024-01-15T18']],
  ['0 9 * * mon#1', ['2023-12-04T09', '2024-01-01T09', '2024-02-05T09', '2024-03-04T09']],
  ['0 9 * * fri#L', ['2023-11-24T09', '2023-12-29T09', '2024-01-26T09', '2024-02-23T09']],
  ['0 0 29 2 *', ['2024-02-29T00', '2028-02-29T00', '2032-02-29T00', '2036-02-29T00']],
  ['0 0 13 * fri', ['2023-11-24T00', '2023-12-01T00', '2023-12-08T00', '2023-12-13T00']],
])('%s comes at %j', (cron, expected) => {
  expect(ticks(cron, 4)).toEqual(expected.map((hour) => `${hour}:00:00.000Z`));
});

test('a February with five Mondays is waited for, also over 2100, which is no leap year', () => {
  const next = makeNextTick({ cron: '0 0 * 2 mon#5', timezone: 'UTC' });
  expect(new Date(next(Date.UTC(2072, 2, 1))!).getUTCFullYear()).toBe(2112);
});

const field = (min: number, max: number): fc.Arbitrary<string> => {
  const number = fc.integer({ min, max });
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: Math.max(1, max - min) });
  const stepped = fc.tuple(fc.oneof(fc.constant('*'), range), step).map(([of, by]) => `${of}/${by}`);
  const part = fc.oneof(number.map(String), range, stepped);
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('*') },
    fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(',')),
  );
};
const expressions = fc
  .tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
  .map((fields) => fields.join(' '));

test('without changes of the clocks, ticks are those that another implementation finds', () => {
  fc.assert(
    fc.property(expressions, (cron) => {
      const other = new Cron(cron, { timezone: 'UTC', mode: '6-part' }).nextRuns(5, new Date(FROM));
      expect(ticks(cron, 5)).toEqual(other.map((run) => run.toISOString()));
    }),
    { numRuns: 500, seed: 1 },
  );
});

function ticks(cron: string, count: number): string[] {
  const next = makeNextTick({ cron, timezone: 'UTC' });
  const found: string[] = [];
  for (let at = next(FROM); at !== null && found.length < count; at = next(at)) found.push(new Date(at).toISOString());
  return found;
}
