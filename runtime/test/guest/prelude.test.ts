import { SPANS_SYMBOL } from '@sovfn/protocol';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { buildPrelude } from '../../src/prelude/build-prelude.ts';
import { PARTS } from '../../src/prelude/parts.ts';
import { Guest, type GuestOptions, prelude } from './harness.ts';

const KB = 1_000;

/** A guest that tells which parts it asks for. */
function guestWithParts(options: GuestOptions = {}): { guest: Guest; asked: string[] } {
  const asked: string[] = [];
  const partText = (name: string): string => {
    asked.push(name);
    return prelude.parts[name]!;
  };
  return { guest: new Guest({ ...options, operations: { partText } }), asked };
}

/** The lazy parts that a call evaluates. */
function partsOf(handler: string, request: Parameters<Guest['dispatch']>[0] = {}): string {
  const { guest, asked } = guestWithParts();
  using _guest = guest;
  guest.install(`const handler = { ${handler} };`);
  const call = guest.dispatch(request);
  expect(call.failure).toBeNull();
  expect(call.answer).not.toBeNull();
  return asked.join(' ');
}

test('the prelude is the same text each time it is built', async () => {
  const { source, sha256, map, parts } = await buildPrelude();
  expect(source).toBe(prelude.source);
  expect(sha256).toBe(prelude.sha256);
  expect(map).toBe(prelude.map);
  expect(parts).toEqual(prelude.parts);
});

test('the prelude is ASCII: V8 keeps it in one byte per character', () => {
  for (const text of [prelude.source, ...Object.values(prelude.parts)]) expect(/[^\0-\x7f]/.test(text)).toBe(false);
});

test('an isolate that uses no lazy part keeps at most 80 KB of text', () => {
  expect(prelude.source.length).toBeLessThan(80 * KB);
});

test('the prelude names no path of the machine that built it', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const texts = [prelude.source, prelude.map, ...Object.values(prelude.parts)];
  expect(texts.filter((text) => text.includes(root))).toEqual([]);
});

test('every lazy part can be evaluated', () => {
  const { guest, asked } = guestWithParts({ wasmMemoryMb: 1 });
  using _guest = guest;
  guest.install(`for (const name of Object.getOwnPropertyNames(globalThis)) void globalThis[name];
    globalThis[Symbol.for('${SPANS_SYMBOL}')]([], {});
    void new URL('http://ü/'); console.log({}); structuredClone(1); new TextDecoder('latin1');
    const handler = { async fetch(request, env) { return new Response('') } };`);
  const reachedOtherwise = ['bindings', 'triggers', 'subtleCrypto'];
  const wanted = Object.keys(PARTS).filter((name) => !reachedOtherwise.includes(name));
  expect(wanted.filter((name) => !asked.includes(name))).toEqual([]);
});

test.each([
  ['a text', `fetch() { return new Response('hello') }`],
  [
    'a text, later',
    `async fetch() { await null; return new Response('hello', { status: 201, headers: { 'x-a': 'b' } }) }`,
  ],
  ['JSON', `fetch() { return Response.json({ a: 1 }) }`],
  ['bytes', `fetch() { return new Response(new Uint8Array(3)) }`],
  ['a redirect', `fetch() { return Response.redirect('http://example.com/x', 303) }`],
  [
    'what it reads of the URL',
    `fetch(request) { const url = new URL(request.url); return new Response(url.searchParams.get('q')) }`,
  ],
  ['a relative URL', `fetch(request) { return new Response(new URL('/a/b?c#d', request.url).href) }`],
  ['a header', `fetch(request) { return new Response(request.headers.get('x-a')) }`],
  ['the signal', `fetch(request) { return new Response(String(request.signal.aborted)) }`],
  ['a log line', `fetch() { console.log('line'); return new Response('') }`],
  ['random values', `fetch() { return new Response(crypto.randomUUID()) }`],
])('a call that answers with %s evaluates no lazy part', (_name, handler) => {
  expect(partsOf(handler, { url: 'http://localhost:8080/path?q=1' })).toBe('');
});

test.each([
  ['text', `async fetch(request) { return new Response(await request.text()) }`],
  ['JSON', `async fetch(request) { return Response.json(await request.json()) }`],
  ['bytes', `async fetch(request) { return new Response(await request.arrayBuffer()) }`],
])('a call that reads its body as %s evaluates no lazy part', (_name, handler) => {
  expect(partsOf(handler, { method: 'POST', body: '{"a":1}' })).toBe('');
});

test('only what asks for a stream evaluates the streams', () => {
  const body = { method: 'POST', body: 'x' };
  expect(partsOf(`fetch(request) { return new Response(String(request.body.locked)) }`, body)).toBe('streams');
  expect(partsOf(`fetch(request) { return new Response(String(request.bodyUsed)) }`, body)).toBe('');
});
