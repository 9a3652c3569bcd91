import { expect, test } from 'vitest';
import { AcceptQuota } from './accept-quota.ts';

const FUNCTION = { zone: 'fr', tenant: 'main', function: 'job' };

test('what was accepted since the last count counts, and is not counted twice after the next one', async () => {
  const world = { waiting: 0, time: 0 };
  const quota = new AcceptQuota({
    most: 3,
    count: async () => Promise.resolve(world.waiting),
    onFailed: () => undefined,
    now: () => world.time,
  });
  const accept = async (): Promise<void> => {
    quota.assertRoom(FUNCTION);
    quota.noteAccepted(FUNCTION);
    world.waiting++;
    await counted();
  };
  for (let i = 0; i < 3; i++) await accept();
  expect(() => quota.assertRoom(FUNCTION)).toThrow('3 events of "job" wait; 3 may');
  world.time += 1_000;
  world.waiting = 1;
  expect(() => quota.assertRoom(FUNCTION)).toThrow();
  await counted();
  quota.assertRoom(FUNCTION);
  await accept();
  await accept();
  expect(() => quota.assertRoom(FUNCTION)).toThrow('3 events of "job" wait; 3 may');
});

test('a count that fails leaves the last one, and is told', async () => {
  const failures: unknown[] = [];
  const quota = new AcceptQuota({
    most: 1,
    count: async () => Promise.reject(new Error('away')),
    onFailed: (error) => failures.push(error),
  });
  quota.assertRoom(FUNCTION);
  quota.noteAccepted(FUNCTION);
  expect(() => quota.assertRoom(FUNCTION)).toThrow('1 events of "job" wait; 1 may');
  await counted();
  expect(failures).toEqual([new Error('away')]);
});

/** The counts that are under way have ended. */
async function counted(): Promise<void> {
  await new Promise(setImmediate);
}
