import { expect, test } from 'vitest';
import { median, medianRatio, percentile } from '../src/statistics.ts';

test('the median is the middle value, whatever the order', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([7])).toBe(7);
});

test('of an even number of values the median is the mean of the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('values are ordered as numbers, not as text', () => {
  expect(median([10, 9, 100])).toBe(10);
});

test('a percentile is always a value that was measured', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  expect([0, 0.5, 0.99, 1].map((fraction) => percentile(hundred, fraction))).toEqual([1, 50, 99, 100]);
  expect(percentile([3, 1, 2], 0.99)).toBe(3);
  expect(percentile([3, 1, 2], 0.5)).toBe(2);
});

test('nothing measured has no median and no percentile', () => {
  expect(() => median([])).toThrow('there are no values to take a median or percentile of');
  expect(() => percentile([], 0.5)).toThrow('there are no values to take a median or percentile of');
});

test('a percentile in percent is refused', () => {
  expect(() => percentile([1], 99)).toThrow('the fraction is 99; it must be 0–1');
});

test('a ratio is taken within each round, and there is none without a round that has both sides', () => {
  const own = [2, 40, 9].map((value, index) => ({ round: index + 1, value }));
  const others = [1, 10, 3].map((value, index) => ({ round: index + 1, value }));
  expect(medianRatio(own, others, ({ value }) => value)).toBe(3);
  expect(medianRatio(own, [{ round: 9, value: 1 }], ({ value }) => value)).toBeNull();
});
