import { expect, test } from 'vitest';
import { BODY } from '../../src/bridge/contract.ts';
import { Guest, START } from './harness.ts';

function installed(code: string): { handlers: string | null; failure: string | null } {
  using guest = new Guest();
  guest.install(code);
  return { handlers: guest.handlers, failure: guest.installFailure?.message ?? null };
}

test.each([
  ['an object with fetch', `const handler = { fetch() {} }`, 'fetch'],
  [
    'an object with all handlers',
    `const handler = { queue() {}, fetch() {}, scheduled() {} }`,
    'fetch,scheduled,queue',
  ],
  ['an instance of a class', `class Api { fetch() {} } const handler = new Api()`, 'fetch'],
  [
    'an object with a bound fetch',
    `class App { constructor() { this.fetch = (r) => new Response('') } } const handler = new App()`,
    'fetch',
  ],
  ['a module that awaits', `await null; const handler = { scheduled() {} }`, 'scheduled'],
])('%s is accepted', (_what, code, handlers) => {
  expect(installed(code)).toEqual({ handlers, failure: null });
});

test.each([
  [
    'no default export',
    `const handler = undefined`,
    "The module's default export must be an object with fetch, scheduled or queue; it has none.",
  ],
  [
    'a default export that is a number',
    `const handler = 5`,
    "The module's default export must be an object with fetch, scheduled or queue; it has a number (5).",
  ],
  [
    'no handler',
    `const handler = { fetsh() {} }`,
    "The module's default export has no handler: it must be an object with fetch, scheduled or queue.",
  ],
  [
    'a class',
    `const handler = class { fetch() {} }`,
    "The module's default export has no handler: it must be an object with fetch, scheduled or queue. If it is a class, export an instance of it.",
  ],
])('a module with %s is refused with the reason', (_what, code, failure) => {
  expect(installed(code)).toEqual({ handlers: null, failure });
});

test('a module that fails after a wait is refused with its error', () => {
  using guest = new Guest();
  guest.install(
    `await new Promise((resolve) => setTimeout(resolve, 10)); throw new RangeError('not today'); const handler = {};`,
  );
  expect(guest.installFailure).toBeNull();
  guest.fireTimers();
  expect([guest.installFailure?.name, guest.installFailure?.message]).toEqual(['RangeError', 'not today']);
});

test('this, the environment and the context are what the handler contract says', () => {
  using guest = new Guest({ environment: { CURRENCY: 'EUR' } });
  guest.install(`class Api { name = 'api'; fetch(request, env, ctx) {
    'use strict';
    let writing = 'done'; try { env.CURRENCY = 'USD' } catch (error) { writing = error.name }
    return Response.json([this.name, env, Object.isFrozen(env), writing, ctx.props, ctx.passThroughOnException(), typeof ctx.waitUntil, arguments.length]);
  } } const handler = new Api();`);
  expect(guest.dispatch().json).toEqual(['api', { CURRENCY: 'EUR' }, true, 'TypeError', {}, null, 'function', 3]);
});

test.each([
  ['a text', `new Response('héllo')`, [200, 'content-type\ntext/plain;charset=UTF-8\n', BODY.text, 'héllo']],
  ['nothing', `new Response()`, [200, '', BODY.none, undefined]],
  ['a null body', `new Response(null, { status: 204 })`, [204, '', BODY.none, undefined]],
  [
    'JSON',
    `Response.json({ a: [1] }, { status: 201 })`,
    [201, 'content-type\napplication/json\n', BODY.text, '{"a":[1]}'],
  ],
  [
    'a form',
    `new Response(new URLSearchParams({ a: 'b c' }))`,
    [200, 'content-type\napplication/x-www-form-urlencoded;charset=UTF-8\n', BODY.text, 'a=b+c'],
  ],
  [
    'headers',
    `new Response('x', { headers: [['X-B', '2'], ['Set-Cookie', 'a=1'], ['set-cookie', 'b=2'], ['x-b', '3']] })`,
    [200, 'x-b\n2\nset-cookie\na=1\nset-cookie\nb=2\nx-b\n3\ncontent-type\ntext/plain;charset=UTF-8\n', BODY.text, 'x'],
  ],
  [
    'headers set later',
    `(() => { const r = new Response('x'); r.headers.set('content-type', 'text/html'); return r })()`,
    [200, 'content-type\ntext/html\n', BODY.text, 'x'],
  ],
  [
    'lone surrogates',
    `new Response('a\\ud800b')`,
    [200, 'content-type\ntext/plain;charset=UTF-8\n', BODY.text, 'a\ufffdb'],
  ],
])('a response with %s reaches the host', (_what, expression, expected) => {
  using guest = new Guest();
  guest.install(`const handler = { fetch: () => ${expression} };`);
  const { answer } = guest.dispatch();
  expect([answer?.status, answer?.headers, answer?.kind, answer?.body]).toEqual(expected);
});

test('bytes reach the host exactly: a part of a larger buffer, and a blob', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch(request) {
    if (request.url.endsWith('blob')) return new Response(new Blob(['a', new Uint8Array([98])], { type: 'Text/X' }));
    return new Response(new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
  } };`);
  expect(Buffer.from(guest.dispatch().answer!.body as ArrayBuffer)).toEqual(Buffer.from([2, 3]));
  const blob = guest.dispatch({ url: 'http://localhost/blob' });
  expect([blob.text, blob.answer!.headers]).toEqual(['ab', 'content-type\ntext/x\n']);
});

test.each([
  ['undefined', 'undefined'],
  ['null', 'null'],
  [`'text'`, 'a string ("text")'],
  ['({ status: 200 })', 'an object of the class Object'],
  ['Response.error()', 'Response.error()'],
  ['Response', 'a function'],
  ['Object.create(Response.prototype)', 'an object of the class Response'],
  ['Promise.resolve(5)', 'a number (5)'],
])('a handler that returns %s is told so', (expression, description) => {
  using guest = new Guest();
  guest.install(`const handler = { fetch: () => ${expression} };`);
  const call = guest.dispatch();
  expect([call.invalid, call.answer]).toEqual([description, null]);
});

test('a thenable counts as a promise', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch: () => ({ then(resolve) { resolve(new Response('from then')) } }) };`);
  expect(guest.dispatch().text).toBe('from then');
});

test('a response that was read already fails the call', () => {
  using guest = new Guest();
  guest.install(`const shared = new Response('once'); const handler = { fetch: () => shared };`);
  expect(guest.dispatch().text).toBe('once');
  expect(guest.dispatch().failure?.message).toBe(
    'The body of the response has been read already, or is locked by a reader',
  );
});

test('a response that the host refuses fails the call with the reason', () => {
  const operations = {
    respond: () => {
      throw new TypeError('the head is too large');
    },
  };
  using guest = new Guest({ operations });
  guest.install(`const handler = { fetch: () => new Response('x') };`);
  expect(guest.dispatch().failure?.message).toBe('the head is too large');
});

test('calls that wait at the same time are answered each with its own', () => {
  using guest = new Guest();
  guest.install(`const handler = { async fetch(request) {
    await new Promise((resolve) => setTimeout(resolve, Number(new URL(request.url).searchParams.get('ms'))));
    return new Response(request.url);
  } };`);
  const calls = [30, 10, 20].map((ms) => guest.dispatch({ url: `http://localhost/?ms=${ms}` }));
  guest.fireTimers();
  expect(calls.map((call) => call.text)).toEqual([30, 10, 20].map((ms) => `http://localhost/?ms=${ms}`));
});

test('the module sees the clock while it is evaluated', () => {
  using guest = new Guest();
  guest.install(`const loaded = Date.now(); const handler = { fetch: () => new Response(String(loaded)) };`);
  expect(Number(guest.dispatch().text)).toBe(START);
});

test('waitUntil keeps the call, and tells when all its work has settled', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch(request, env, ctx) {
    ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 10)));
    ctx.waitUntil(new Promise((resolve) => setTimeout(() => { ctx.waitUntil(new Promise((r) => setTimeout(r, 10))); resolve(); }, 20)));
    return new Response('now');
  } };`);
  const call = guest.dispatch();
  expect([call.text, call.isWaiting, call.hasWaited]).toEqual(['now', true, false]);
  guest.fireTimers(2);
  expect(call.hasWaited).toBe(false);
  guest.fireTimers();
  expect(call.hasWaited).toBe(true);
});

test('waitUntil work that settles before the response is told after it', () => {
  using guest = new Guest();
  guest.install(`const handler = { async fetch(request, env, ctx) {
    ctx.waitUntil(Promise.resolve()); ctx.waitUntil(5);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return new Response('later');
  } };`);
  const call = guest.dispatch();
  expect([call.isWaiting, call.hasWaited]).toEqual([true, false]);
  guest.fireTimers();
  expect([call.text, call.hasWaited]).toEqual(['later', true]);
});

test('a rejection of waitUntil is reported, and a failed call still waits for the rest', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch(request, env, ctx) {
    ctx.waitUntil(Promise.reject(new RangeError('in the background')));
    ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 10)));
    throw new Error('no response');
  } };`);
  const call = guest.dispatch();
  expect([call.failure?.message, guest.errors[0]?.message, call.hasWaited]).toEqual([
    'no response',
    'in the background',
    false,
  ]);
  guest.fireTimers();
  expect([call.hasWaited, guest.orphans]).toEqual([true, []]);
});

test('waitUntil after the end of the call says so', () => {
  using guest = new Guest();
  guest.install(`let kept; const handler = { fetch(request, env, ctx) {
    if (kept) { try { kept.waitUntil(Promise.resolve()) } catch (error) { return new Response(error.message) } }
    kept = ctx;
    return new Response('first');
  } };`);
  guest.dispatch();
  expect(guest.dispatch().text).toBe('ctx.waitUntil: the call is over');
});
