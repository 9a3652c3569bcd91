import { encodeBatch } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { OPERATION_NAMES } from '../../src/bridge/contract.ts';
import { Guest, inGuest } from './harness.ts';

test('an error of the host arrives without the stack of the host', () => {
  const operations = {
    random: () => {
      throw new TypeError('the host has no more');
    },
  };
  const outcome = inGuest(
    `try { crypto.randomUUID(); } catch (error) {
      return [error instanceof TypeError, error.message, /file:|node:|harness/.test(error.stack), Object.getPrototypeOf(error) === TypeError.prototype];
    }`,
    { operations },
  );
  expect(outcome).toEqual([true, 'the host has no more', false, true]);
});

test('Error.prepareStackTrace sees no function and no receiver of the prelude', () => {
  const outcome = inGuest(`Error.prepareStackTrace = (error, sites) => sites.map((site) =>
      [typeof site.getFunction(), typeof site.getThis(), site.getFileName(), typeof site.getEvalOrigin()]);
    const seen = [];
    const look = () => { seen.push(...new Error('x').stack); return 'text'; };
    new Headers({ get a() { return look(); } });
    new EventTarget().addEventListener('x', () => {}, { get once() { look(); } });
    const target = new EventTarget(); target.addEventListener('x', look); target.dispatchEvent(new Event('x'));
    structuredClone({ get a() { return look(); } });
    return seen.filter(([fn, self, file]) => file === 'sovfn:prelude' && (fn !== 'undefined' || self !== 'undefined'));`);
  expect(outcome).toEqual([]);
});

/** Shows the test which functions are the host's. */
function withOperations(source: string): string {
  const shown = 'return(...all)=>{globalThis.operations=all;return prelude.connect(...all)}})()';
  return source.replace('return prelude.connect})()', shown);
}

test('patched prototypes never get hold of an operation of the host', () => {
  using guest = new Guest({ transform: withOperations });
  guest.install(`
    const { operations } = globalThis; delete globalThis.operations;
    let found = 0;
    const { apply, ownKeys } = Reflect;
    const check = (value) => { for (let i = 0; i < operations.length; i++) if (operations[i] === value) found++; };
    const tap = (prototype, key) => {
      const { value: original, writable } = Object.getOwnPropertyDescriptor(prototype, key);
      if (typeof original !== 'function' || key === 'constructor' || !writable) return;
      prototype[key] = { method(...args) {
        check(this);
        for (let i = 0; i < args.length; i++) check(args[i]);
        return apply(original, this, args);
      } }.method;
    };
    const handler = { queue(batch) {
      batch.messages[0].ack(); batch.retryAll({ delaySeconds: 5 }); void batch.messages[1].body;
    }, scheduled(controller) {
      controller.noRetry();
    }, async fetch(request) {
      check(operations[0]);
      for (const { prototype } of [Function, Array, Map, Set, WeakMap, Promise, String, RegExp, Date]) {
        for (const key of ownKeys(prototype)) tap(prototype, key);
      }
      if (request.method === 'GET') return new Response(String(found));
      crypto.randomUUID(); console.log('x', { a: 1 }); setTimeout(() => {}, 1); reportError(new Error('x'));
      new URL('http://ü.example/'); await new Response(request.body).text();
      return new Response(String(found) + ' of ' + operations.length);
    } };`);
  const call = guest.dispatch({ method: 'POST', body: 'x' });
  expect(call.failure).toBeNull();
  expect(call.text).toBe(`1 of ${OPERATION_NAMES.length}`);
  const message = {
    id: '0'.repeat(26),
    timestamp: 0,
    attempts: 1,
    contentType: 'json',
    bytes: Buffer.from('1'),
  } as const;
  const queued = guest.dispatchBatch(encodeBatch({ queue: 'JOBS', messages: [message, message] }));
  expect([queued.decisions, queued.isHandled]).toEqual([['0: ack', '1: 5'], true]);
  expect(guest.dispatchTick()).toMatchObject({ isRetryDeclined: true, isHandled: true });
  expect(guest.dispatch().text).toBe('2');
});

test('a patched intrinsic does not break the way in and out', () => {
  using guest = new Guest();
  guest.install(`const handler = { async fetch(request) {
    Promise.prototype.then = Promise.resolve = () => { throw new Error('patched'); };
    Reflect.apply = Object.defineProperty = JSON.parse = () => { throw new Error('patched'); };
    Array.prototype[Symbol.iterator] = Map.prototype.get = () => { throw new Error('patched'); };
    return new Response('fine');
  } };`);
  expect(guest.dispatch().text).toBe('fine');
  expect(guest.dispatch().text).toBe('fine');
});

test('what the prelude puts on the global object is what standards name', () => {
  using guest = new Guest();
  const before = `Object.getOwnPropertyNames(globalThis)`;
  guest.install(`const handler = { fetch: () => Response.json(${before}) };`);
  const names = guest.dispatch().json as string[];
  const inner = /^(?:lazyParts|prelude|part|eagerModules|connect|host|entries|evaluated)$/;
  expect(names.filter((name) => inner.test(name))).toEqual([]);
});
