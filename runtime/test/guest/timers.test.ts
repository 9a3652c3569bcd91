import { expect, test } from 'vitest';
import { Guest, inGuest } from './harness.ts';

test('timers fire in the order of their times, with their arguments, on the global object', () => {
  const seen = inGuest(`const seen = [];
    await new Promise((resolve) => {
      setTimeout(function (...args) { seen.push(['late', ...args, this === globalThis]); resolve() }, 20, 1, 2);
      setTimeout(() => seen.push('soon'), 10); setTimeout(() => seen.push('at once'));
    });
    return seen;`);
  expect(seen).toEqual(['at once', 'soon', ['late', 1, 2, true]]);
});

test('an interval repeats until it is cleared, also from within', () => {
  const seen = inGuest(`let runs = 0;
    await new Promise((resolve) => { const id = setInterval(() => { if (++runs === 3) { clearInterval(id); resolve() } }, 5) });
    await new Promise((resolve) => setTimeout(resolve, 50)); return runs;`);
  expect(seen).toBe(3);
});

test('a cleared timer does not fire; clearing what does not exist is nothing', () => {
  const seen = inGuest(`let fired = false; const id = setTimeout(() => { fired = true }, 5);
    clearTimeout(id); clearTimeout(id); clearTimeout(); clearTimeout(99999); clearTimeout('x'); clearInterval(null);
    await new Promise((resolve) => setTimeout(resolve, 10)); return [fired, typeof id, id > 0];`);
  expect(seen).toEqual([false, 'number', true]);
});

test('delays are what WebIDL makes of them', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch() {
    for (const delay of [5.9, -1, 'x', undefined, null, '7', 2 ** 31, 2 ** 32 + 3, Infinity]) setTimeout(() => {}, delay);
    return new Response('') } };`);
  guest.dispatch();
  expect([...guest.timers.values()].map((timer) => timer.delay)).toEqual([5, 0, 0, 0, 0, 7, 0, 3, 0]);
});

test('a timer belongs to the call that set it, and goes with it', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch(request) {
    setTimeout(() => console.log('after the end'), 10); return new Response('') } };`);
  const { number } = guest.dispatch();
  expect([...guest.timers.values()].map((timer) => timer.call)).toEqual([number]);
  guest.fireTimers();
  expect(guest.logs).toEqual([]);
});

test('an exception in a timer is reported, and a repeating timer goes on', () => {
  using guest = new Guest();
  guest.install(`setInterval(() => { throw new RangeError('tick') }, 5); const handler = { fetch() {} };`);
  guest.fireTimers(3);
  expect(guest.errors.map((error) => error.message)).toEqual(['tick', 'tick', 'tick']);
});

test('a limit of the host on timers reaches the function as its error', () => {
  const operations = {
    setTimer: () => {
      throw new RangeError('an isolate may have 10000 timers at a time');
    },
  };
  const code = `try { setTimeout(() => {}, 1) } catch (error) { return [error.name, error.message] }`;
  expect(inGuest(code, { operations })).toEqual(['RangeError', 'an isolate may have 10000 timers at a time']);
});

test('microtasks run in order, before the next task', () => {
  const seen = inGuest(`const seen = []; setTimeout(() => seen.push('timer'));
    queueMicrotask(() => { seen.push('first'); queueMicrotask(() => seen.push('third')) }); Promise.resolve().then(() => seen.push('second'));
    await new Promise((resolve) => setTimeout(resolve, 5)); return seen;`);
  expect(seen).toEqual(['first', 'second', 'third', 'timer']);
});

test('performance counts from the time the function moved in', () => {
  using guest = new Guest();
  guest.install(
    `const handler = { fetch: () => Response.json([performance.now(), performance.timeOrigin, performance.toJSON()]) };`,
  );
  guest.now += 125.5;
  const [now, origin, json] = guest.dispatch().json as [number, number, object];
  expect([now, origin, json]).toEqual([125.5, guest.now - 125.5, { timeOrigin: guest.now - 125.5 }]);
});

test('a handler of timers that is no function is refused', () => {
  const outcome = (code: string): unknown => inGuest(`try { ${code} } catch (error) { return error.name }`);
  expect([outcome(`setTimeout()`), outcome(`setTimeout('x')`), outcome(`queueMicrotask(5)`)]).toEqual([
    'TypeError',
    'EvalError',
    'TypeError',
  ]);
});
