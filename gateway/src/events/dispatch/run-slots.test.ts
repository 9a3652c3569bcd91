import { expect, test } from 'vitest';
import { RunSlots } from './run-slots.ts';

test('no more slots are taken than there are, and each that is given back goes to one that waits', async () => {
  const slots = new RunSlots(2);
  const first = await slots.take('a');
  await slots.take('a');
  let isServed = false;
  const third = slots.take('a').then(() => (isServed = true));
  await Promise.resolve();
  expect([slots.taken, isServed]).toEqual([2, false]);
  first();
  await third;
  expect([slots.taken, isServed]).toEqual([2, true]);
});

test('those that wait are served in turn by group, however many of one group came first', async () => {
  const slots = new RunSlots(1);
  const release = await slots.take('busy');
  const served: string[] = [];
  const waits = ['busy', 'busy', 'busy', 'one', 'two'].map(async (group) => {
    const done = await slots.take(group);
    served.push(group);
    done();
  });
  release();
  await Promise.all(waits);
  expect(served).toEqual(['busy', 'one', 'two', 'busy', 'busy']);
  expect(slots.taken).toBe(0);
});
