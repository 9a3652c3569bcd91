import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DecisionsFirst } from './decisions-first.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Ticks whose decisions the test makes, and what has been done of them. */
function makeTicks() {
  const order = new DecisionsFirst();
  const done: string[] = [];
  const tick = (name: string) => {
    const decision = Promise.withResolvers<void>();
    const work = (async () => {
      await order.decide(() => decision.promise).catch(() => undefined);
      await order.untilDecided();
      done.push(name);
    })();
    return { decide: decision.resolve, fail: () => decision.reject(new Error('no bus')), work };
  };
  return { tick, done };
}

test('what follows from a tick waits until all that have come are decided', async () => {
  const { tick, done } = makeTicks();
  const [first, second] = [tick('first'), tick('second')];
  first.decide();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(done).toEqual([]);
  second.decide();
  await Promise.all([first.work, second.work]);
  expect(done.toSorted()).toEqual(['first', 'second']);
});

test('a tick that cannot be decided holds up nobody', async () => {
  const { tick, done } = makeTicks();
  const [first, second] = [tick('first'), tick('second')];
  first.decide();
  second.fail();
  await first.work;
  expect(done).toContain('first');
});

test('a tick that comes alone goes on at once', async () => {
  const { tick, done } = makeTicks();
  const alone = tick('alone');
  alone.decide();
  await alone.work;
  expect(done).toEqual(['alone']);
});

test('nobody waits for more than five seconds, although there is always one to be decided', async () => {
  const { tick, done } = makeTicks();
  const first = tick('first');
  tick('never');
  first.decide();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(done).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  await first.work;
  expect(done).toEqual(['first']);
});
