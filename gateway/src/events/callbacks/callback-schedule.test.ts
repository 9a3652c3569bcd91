import { expect, test } from 'vitest';
import { delayBefore } from './callback-schedule.ts';

const HOUR = 3_600_000;

test('ten attempts over four days, each with at most a tenth more, and then no more', () => {
  const least = Array.from({ length: 11 }, (_, i) => delayBefore(i + 1, null, () => 0));
  expect(least).toEqual([
    0,
    5_000,
    ...[1 / 12, 0.5, 2, 5, 10, 14, 20, 24].map((hours) => Math.round(hours * HOUR)),
    null,
  ]);
  expect(delayBefore(10, null, () => 1)).toBe(26.4 * HOUR);
});

test('a receiver may ask for more time, up to a day, and not for less', () => {
  expect(delayBefore(2, 60_000)).toBe(60_000);
  expect(delayBefore(5, 1_000, () => 0)).toBe(2 * HOUR);
  expect(delayBefore(2, 1_000 * HOUR)).toBe(24 * HOUR);
});
