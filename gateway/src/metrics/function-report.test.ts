import { expect, test } from 'vitest';
import { CallCounts } from './call-counts.ts';
import { quantile } from './function-report.ts';

function counted(...durationsMs: number[]): CallCounts {
  const counts = new CallCounts();
  for (const ms of durationsMs) counts.succeeded(0, ms, 0);
  return counts;
}

test('a quantile lies in the bucket of the call that stands there', () => {
  const counts = counted(0.4, 0.5, 3, 3, 3, 3, 3, 3, 40, 900);
  expect(quantile(counts, 0.5)).toBeGreaterThan(2.5);
  expect(quantile(counts, 0.5)).toBeLessThanOrEqual(5);
  expect(quantile(counts, 0.99)).toBeGreaterThan(500);
  expect(quantile(counts, 0.99)).toBeLessThanOrEqual(1_000);
});

test('without calls there is none, and what is longer than every bucket counts as the longest bound', () => {
  expect(quantile(counted(), 0.5)).toBeNull();
  expect(quantile(counted(3_600_000), 0.5)).toBe(60_000);
});
