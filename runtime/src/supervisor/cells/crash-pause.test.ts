import { expect, test } from 'vitest';
import { CrashPause } from './crash-pause.ts';

test('the first ten crashes within a minute of each other cost no wait', () => {
  const pause = new CrashPause();
  for (let second = 0; second < 10; second++) pause.record(second * 1_000);
  expect(pause.remainingMs(9_000)).toBe(0);
});

test('every further crash doubles the wait, up to half a minute', () => {
  const pause = new CrashPause();
  for (let crash = 0; crash < 10; crash++) pause.record(0);
  const waits = Array.from({ length: 7 }, () => {
    pause.record(0);
    return pause.remainingMs(0);
  });
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test('the wait passes, and a minute without a crash forgets them all', () => {
  const pause = new CrashPause();
  for (let crash = 0; crash < 12; crash++) pause.record(0);
  expect(pause.remainingMs(1_500)).toBe(500);
  expect(pause.remainingMs(2_000)).toBe(0);
  pause.record(70_000);
  expect(pause.remainingMs(70_000)).toBe(0);
  expect(pause.crashes).toBe(1);
});
