import { scheduleSchema } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { makeDueTime } from './jitter.ts';

const AT = { zone: 'fr', tenant: 'main', function: 'report', schedule: 'nightly' };
const schedule = (jitter?: string) => scheduleSchema.parse({ name: 'nightly', cron: '@daily', jitter });

test('without jitter a tick is due at its own time', () => {
  expect(makeDueTime(AT, schedule())(1_000)).toBe(1_000);
});

test('with jitter it is due at the same later time for whoever asks, spread over the whole of it', () => {
  const times = Array.from({ length: 1_000 }, (_, index) => makeDueTime(AT, schedule('10m'))(index) - index);
  expect(times).toEqual(Array.from({ length: 1_000 }, (_, index) => makeDueTime(AT, schedule('10m'))(index) - index));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...times)).toBeLessThan(600_000);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  expect(mean).toBeGreaterThan(270_000);
  expect(mean).toBeLessThan(330_000);
  const other = makeDueTime({ ...AT, schedule: 'weekly' }, schedule('10m'));
  expect(other(0)).not.toBe(times[0]);
});
