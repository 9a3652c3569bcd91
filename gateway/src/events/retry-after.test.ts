import { expect, test } from 'vitest';
import { readRetryAfter } from './retry-after.ts';

const NOW = Date.parse('2026-11-25T00:00:00Z');

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Wed, 25 Nov 2026 00:00:10 GMT', 10_000],
  ['Wednesday, 25-Nov-26 00:00:10 GMT', 10_000],
  ['Wed Nov 25 00:00:10 2026', 10_000],
  ['Wed, 25 Nov 2020 00:00:10 GMT', 0],
])('Retry-After: %s asks for %s ms', (header, expected) => {
  expect(readRetryAfter(header, NOW)).toBe(expected);
});

test.each([
  'soon',
  'soon 1',
  '-5',
  '1.5',
  '1e3',
  '0x10',
  '99999999999999',
  '120, 240',
  'Wed, 99 Foo 2026 00:00:10 GMT',
  '2026-11-25T00:00:10Z',
  '',
  undefined,
])('Retry-After: %s asks for nothing', (header) => {
  expect(readRetryAfter(header, NOW)).toBeNull();
});
