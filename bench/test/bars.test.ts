import { expect, test } from 'vitest';
import { atLeast, atMost, barsTable } from '../src/report/bars.ts';

const show = (value: number): string => `${value} ms`;
const goal = { bar: 10, aim: 5, show };

test('a bar and an aim are reached exactly at their value, and missed beyond it', () => {
  const verdicts = [5, 5.1, 10, 10.1].map((value) => atMost('wait', goal, value).verdict);
  expect(verdicts).toEqual(['aim reached', 'bar reached', 'bar reached', 'missed']);
  const rate = { bar: 1.2, aim: 1.8, show };
  expect([1.8, 1.2, 1.1].map((value) => atLeast('rate', rate, value).verdict)).toEqual([
    'aim reached',
    'bar reached',
    'missed',
  ]);
});

test('what was missed or not measured stays in the table', () => {
  const bars = [atMost('wait', goal, 12), atLeast('rate', goal, null)];
  expect(barsTable(bars).rows).toEqual([
    ['wait', '≤ 10 ms', '≤ 5 ms', '12 ms', 'missed'],
    ['rate', '≥ 10 ms', '≥ 5 ms', '–', 'not measured'],
  ]);
});
