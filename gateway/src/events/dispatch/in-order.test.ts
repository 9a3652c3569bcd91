import { expect, test } from 'vitest';
import { InOrder } from './in-order.ts';

test('values come in their order, whichever has to be waited for', async () => {
  const order = new InOrder();
  const seen: unknown[] = [];
  const add = (value: unknown): void =>
    order.add(
      value,
      (taken) => seen.push(taken),
      (error) => seen.push(`refused ${String(error)}`),
    );
  add(1);
  expect(seen).toEqual([1]);
  const slow = Promise.withResolvers<number>();
  add(slow.promise);
  add(3);
  add(Promise.reject(new Error('no key')));
  add(Promise.resolve(5));
  expect(seen).toEqual([1]);
  slow.resolve(2);
  await order.settled();
  expect(seen).toEqual([1, 2, 3, 'refused Error: no key', 5]);
  add(6);
  expect(seen.at(-1)).toBe(6);
});

test('after a reset what still waits is refused, and what comes later is not', async () => {
  const order = new InOrder();
  const seen: string[] = [];
  const add = (value: string | Promise<string>): void =>
    order.add(
      value,
      (taken) => seen.push(taken),
      (error) => seen.push(`refused ${String(error)}`),
    );
  add(Promise.resolve('early'));
  order.reset();
  add('late');
  await order.settled();
  expect(seen).toEqual(['refused null', 'late']);
});
