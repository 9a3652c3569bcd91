import { expect, test } from 'vitest';
import { inGuest } from './harness.ts';
import { attempts, expectAsInNode } from './node-oracle.ts';

test('a response has the members of the Fetch Standard', async () => {
  await expectAsInNode(`const response = new Response('x', { status: 404, statusText: 'Gone', headers: { a: 'b' } });
    return ['type', 'url', 'redirected', 'status', 'ok', 'statusText', 'bodyUsed'].map((key) => [key, response[key]]);`);
});

test('status, text and null bodies are checked', async () => {
  await expectAsInNode(
    attempts(
      ...[199, 200, 599, 600, 101, 0, NaN, '201', 65_736].map(
        (status) => `new Response(null, { status: ${JSON.stringify(status) ?? 'NaN'} }).status`,
      ),
      ...[204, 205, 304].map((status) => `new Response('', { status: ${status} })`),
      `new Response('x', { statusText: '\\u00e9' }).statusText`,
      `new Response('x', { statusText: '\\u0100' })`,
      `new Response('x', 5)`,
      `new Response(undefined).body`,
      `new Response(Symbol())`,
    ),
  );
});

test('Response.json, redirect and error make what they say', async () => {
  await expectAsInNode(
    attempts(
      `Response.json({ a: 1 }).text()`,
      `Response.json({}, { status: 201, headers: { 'content-type': 'a/b' } }).headers.get('content-type')`,
      `Response.json(undefined)`,
      `Response.json(() => 1)`,
      `Response.json()`,
      `Response.json(1, { status: 204 })`,
      `[Response.redirect('http://a/b c', 301)].map((r) => [r.status, r.headers.get('location')])`,
      `Response.redirect('http://a/').status`,
      `Response.redirect('http://a/', 200)`,
      `Response.redirect('relative')`,
      `Response.redirect('http://a/').headers.set('a', 'b')`,
      `[Response.error()].map((r) => [r.type, r.status, r.ok, r.body])`,
      `Response.error().headers.append('a', 'b')`,
    ),
  );
});

const BODIES = [
  `'héllo'`,
  `'\\ufeffwith a mark'`,
  `''`,
  `new Uint8Array([104, 105, 255])`,
  `new Uint8Array([1, 104, 105, 2]).subarray(1, 3)`,
  `new Uint8Array([104, 105]).buffer`,
  `new DataView(new Uint8Array([104, 105]).buffer, 1)`,
  `new URLSearchParams({ a: 'b' })`,
  `new Blob(['a', 'b'])`,
  `'{"a":1}'`,
  `new ReadableStream({ start(c) { c.enqueue(new Uint8Array([123])); c.enqueue(new Uint8Array([125])); c.close() } })`,
  `null`,
];

test.each(BODIES)('a body of %s is read in every way as in Node', async (body) => {
  await expectAsInNode(
    attempts(
      `new Response(${body}).text()`,
      `new Response(${body}).json()`,
      `new Response(${body}).arrayBuffer().then((buffer) => [...new Uint8Array(buffer)])`,
      `new Response(${body}).bytes().then((bytes) => [...bytes])`,
      `new Response(${body}).blob().then(async (blob) => [blob.type.toLowerCase(), await blob.text()])`,
      `(async () => { const response = new Response(${body}); let size = 0; for await (const piece of response.body ?? []) size += piece.length; return [size, response.bodyUsed] })()`,
    ),
  );
});

test('a body is read once', async () => {
  await expectAsInNode(`const response = new Response('x'); const seen = [response.bodyUsed, await response.text(), response.bodyUsed];
    for (const method of ['text', 'json', 'arrayBuffer', 'bytes', 'blob', 'formData']) seen.push(await response[method]().catch((error) => error.name));
    seen.push((() => { try { response.clone() } catch (error) { return error.name } })(), response.body.locked); return seen;`);
});

test('a body whose stream is locked or read from cannot be read otherwise', async () => {
  await expectAsInNode(`const locked = new Response('x'); locked.body.getReader();
    const canceled = new Response('x'); await canceled.body.cancel();
    return [locked.bodyUsed, await locked.text().catch((error) => error.name), canceled.bodyUsed, await canceled.text().catch((error) => error.name)];`);
});

test('a clone and its original do not share bytes', async () => {
  await expectAsInNode(`const original = new Response(new Uint8Array([1, 2, 3])); const copy = original.clone();
    const first = await original.bytes(); first[0] = 9; const second = await copy.bytes(); return [[...first], [...second]];`);
});

test('bytes given as a body are copied', async () => {
  await expectAsInNode(
    `const bytes = new Uint8Array([1]); const response = new Response(bytes); bytes[0] = 2; return [...await response.bytes()];`,
  );
});

test('the stream of a body can be read into a buffer, and its chunks are the reader’s own', () => {
  const seen = inGuest(`const response = new Response('abcd'); const reader = response.body.getReader({ mode: 'byob' });
    const { value } = await reader.read(new Uint8Array(3)); value[0] = 0; const rest = await reader.read(new Uint8Array(3));
    return [[...value], [...rest.value], (await reader.read(new Uint8Array(1))).done];`);
  expect(seen).toEqual([[0, 98, 99], [100], true]);
});

test('fetch rejects what is no request before anything else', async () => {
  const seen = inGuest(
    attempts(
      `fetch()`,
      `fetch('relative')`,
      `fetch('http://a/', { method: 'GET', body: 'x' })`,
      `fetch('http://a/', { signal: AbortSignal.abort('stop') }).catch((reason) => reason)`,
    ),
  );
  expect(seen).toEqual(['throws TypeError', 'throws TypeError', 'throws TypeError', 'stop']);
});
