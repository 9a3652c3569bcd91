import { expect, test } from 'vitest';
import { RateBudget } from './rate-budget.ts';

test('so much at once, then so much a second; what is refused takes nothing', () => {
  let now = 0;
  const budget = new RateBudget(100, 50, () => now);
  expect([budget.take(60), budget.take(60), budget.take(40), budget.take(1)]).toEqual([true, false, true, false]);
  now = 1_000;
  expect([budget.take(50), budget.take(1)]).toEqual([true, false]);
  now = 60_000;
  expect([budget.take(101), budget.take(100), budget.take(1)]).toEqual([false, true, false]);
});
