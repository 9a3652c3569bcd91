import { expect, test } from 'vitest';
import { RunSlots } from './run-slots.ts';

const NEVER = new AbortController().signal;

test('no more slots are taken than there are, and each that is given back goes to one that waits', async () => {
  const slots = new RunSlots(2);
  const first = await slots.take('a', NEVER);
  await slots.take('a', NEVER);
  let isServed = false;
  const third = slots.take('a', NEVER).then(() => (isServed = true));
  await Promise.resolve();
  expect([slots.taken, isServed]).toEqual([2, false]);
  first();
  await third;
  expect([slots.taken, isServed]).toEqual([2, true]);
});

test('those that wait are served in turn by group, however many of one group came first', async () => {
  const slots = new RunSlots(1);
  const release = await slots.take('busy', NEVER);
  const served: string[] = [];
  const waits = ['busy', 'busy', 'busy', 'one', 'two'].map(async (group) => {
    const done = await slots.take(group, NEVER);
    served.push(group);
    done();
  });
  release();
  await Promise.all(waits);
  expect(served).toEqual(['busy', 'one', 'two', 'busy', 'busy']);
  expect(slots.taken).toBe(0);
});

test('whoever is stopped while it waits leaves the turn to the next one', async () => {
  const slots = new RunSlots(1);
  const release = await slots.take('a', NEVER);
  const stopping = new AbortController();
  const stopped = slots.take('b', stopping.signal);
  const next = slots.take('c', NEVER);
  stopping.abort(new Error('stopped'));
  await expect(stopped).rejects.toThrow('stopped');
  release();
  (await next)();
  expect(slots.taken).toBe(0);
});
