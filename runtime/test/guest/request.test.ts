import { expect, test } from 'vitest';
import { Guest, inGuest } from './harness.ts';
import { attempts, expectAsInNode } from './node-oracle.ts';

test('a request has the members of the Fetch Standard, with its defaults', async () => {
  await expectAsInNode(`const request = new Request('http://a/b?c#d');
    return ['method', 'url', 'destination', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache', 'redirect', 'integrity', 'keepalive',
      'isReloadNavigation', 'isHistoryNavigation', 'duplex', 'bodyUsed', 'body'].map((key) => [key, request[key]]);`);
});

test('methods are normalized, and forbidden ones refused', async () => {
  await expectAsInNode(
    attempts(
      ...['get', 'Post', 'patch', 'PATCH', 'CONNECT', 'trace', 'a b', '', 'custom'].map(
        (method) => `new Request('http://a/', { method: '${method}' }).method`,
      ),
    ),
  );
});

test('init is checked as the standard asks', async () => {
  await expectAsInNode(
    attempts(
      `new Request()`,
      `new Request('relative')`,
      `new Request('http://user:pass@a/')`,
      `new Request('http://a/', { body: 'x' })`,
      `new Request('http://a/', { method: 'HEAD', body: 'x' })`,
      `new Request('http://a/', { mode: 'navigate' })`,
      `new Request('http://a/', { redirect: 'x' })`,
      `new Request('http://a/', { cache: 'only-if-cached' })`,
      `new Request('http://a/', { signal: {} })`,
      `new Request('http://a/', { signal: null }).signal.aborted`,
      `new Request('http://a/', { window: 5 })`,
      `new Request('http://a/', { duplex: 'full' })`,
      `new Request('http://a/', 5)`,
      `new Request(new URL('http://a/b')).url`,
      `new Request('http://a/', { referrer: 'http://a/x#y' }).referrer`,
    ),
  );
});

test('bodies bring their content types', async () => {
  const type = (body: string): string =>
    `new Request('http://a/', { method: 'POST', body: ${body}, duplex: 'half' }).headers.get('content-type')?.replace(/boundary=.*/, 'boundary')`;
  await expectAsInNode(
    attempts(
      ...[
        `'text'`,
        `new URLSearchParams('a=b')`,
        `new Uint8Array(1)`,
        `new Blob(['x'], { type: 'a/b' })`,
        `new Blob(['x'])`,
        `new FormData()`,
        `new ReadableStream()`,
        `{}`,
      ].map(type),
      `new Request('http://a/', { method: 'POST', body: 'x', headers: { 'content-type': 'mine/own' } }).headers.get('content-type')`,
    ),
  );
});

test('a stream as a body needs duplex', async () => {
  await expectAsInNode(attempts(`new Request('http://a/', { method: 'POST', body: new ReadableStream() })`));
});

test('a request made of a request takes over what it is made of', async () => {
  await expectAsInNode(`const controller = new AbortController();
    const first = new Request('http://a/', { method: 'PUT', body: 'content', headers: { x: '1' }, redirect: 'error', signal: controller.signal });
    const second = new Request(first, { headers: { y: '2' } }); controller.abort('stop');
    return [second.method, second.redirect, [...second.headers], await second.text(), first.bodyUsed, second.signal.reason,
      await first.text().catch((error) => error.name), (() => { try { new Request(first) } catch (error) { return error.name } })()];`);
});

test('a clone has its own body, headers and signal', async () => {
  await expectAsInNode(`const controller = new AbortController(); const first = new Request('http://a/', { method: 'POST', body: 'content', signal: controller.signal });
    const copy = first.clone(); copy.headers.set('x', '1'); controller.abort(1);
    return [await first.text(), await copy.text(), first.headers.has('x'), copy.signal.aborted, copy.signal === first.signal,
      (() => { try { first.clone() } catch (error) { return error.name } })()];`);
});

test.each([
  ['http://localhost:8080/fn/x?q=1', 'http://localhost:8080/fn/x?q=1'],
  ['http://localhost', 'http://localhost/'],
  ['http://localhost:80/', 'http://localhost/'],
  ['HTTP://LOCALHOST/A', 'http://localhost/A'],
  ['http://localhost/a b/../ü', 'http://localhost/%C3%BC'],
  ['http://localhost/?a b', 'http://localhost/?a%20b'],
  ['http://localhost/#f', 'http://localhost/#f'],
  ['not a url', 'not a url'],
])('the URL of an incoming request is serialized: %s', (url, expected) => {
  using guest = new Guest();
  guest.install(`const handler = { fetch: (request) => new Response(request.url) };`);
  expect(guest.dispatch({ url }).text).toBe(expected);
});

test('an incoming request has its body once', () => {
  using guest = new Guest();
  guest.install(`const handler = { async fetch(request) {
    const before = request.bodyUsed; const text = await request.text();
    return Response.json([before, text, request.bodyUsed, await request.json().catch((error) => error.name), request.body?.locked ?? null]);
  } };`);
  expect(guest.dispatch({ method: 'POST', body: 'x' }).json).toEqual([false, 'x', true, 'TypeError', true]);
  expect(guest.dispatch().json).toEqual([false, '', false, 'SyntaxError', null]);
});

test('an incoming request can be sent on: copied with another URL, with its body', () => {
  using guest = new Guest();
  guest.install(`const handler = { async fetch(request) {
    const next = new Request('http://other/', request);
    return Response.json([next.url, next.method, next.headers.get('x-a'), await next.text(), request.bodyUsed]);
  } };`);
  const call = guest.dispatch({ method: 'POST', headers: 'x-a\n1\n', body: 'content' });
  expect(call.json).toEqual(['http://other/', 'POST', '1', 'content', true]);
});

test('wrong receivers: getters throw, and methods that return promises reject', () => {
  const seen = inGuest(
    attempts(
      `Request.prototype.method`,
      `Response.prototype.status`,
      `Request.prototype.bodyUsed`,
      `Response.prototype.body`,
      `(() => { const promise = Request.prototype.text.call({}); return promise instanceof Promise ? promise : 'threw at once' })()`,
      `(() => { const promise = Response.prototype.json.call({}); return promise instanceof Promise ? promise : 'threw at once' })()`,
      `Request.prototype.clone.call(new Response())`,
    ),
  );
  expect(seen).toEqual(Array.from({ length: 7 }, () => 'throws TypeError'));
});
