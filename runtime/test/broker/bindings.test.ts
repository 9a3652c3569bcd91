import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CONFIG = {
  bindings: {
    STATE: { type: 'kv' },
    OTHER: { type: 'kv' },
    ARCHIVE: { type: 'bucket' },
    JOBS: { type: 'queue' },
    PDF: { type: 'service', function: 'pdf' },
    SELF: { type: 'service', function: 'recursive' },
  },
} as const;

let platform: TestPlatform;
let functions = 0;

beforeAll(async () => {
  platform = await startPlatform();
  await platform.deploy({
    name: 'pdf',
    code: `export default { async fetch(request, env) {
      if (new URL(request.url).pathname === '/boom') throw new Error('no ink');
      if (new URL(request.url).pathname === '/trace') return new Response(request.headers.get('traceparent'));
      return new Response(request.method + ' ' + request.url + ' ' + (await request.text()), { status: 201, headers: { 'x-pages': '2' } });
    } };`,
  });
});

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
});

/** Runs `code` in a function with all bindings; returns what it returns. Throws what it throws. */
async function run(code: string, name = `b-${functions++}`): Promise<unknown> {
  await platform.deploy({
    name,
    config: CONFIG,
    code: `export default { async fetch(request, env, ctx) {
      try { return Response.json({ value: (await (async () => { ${code} })()) ?? null }); }
      catch (error) { return Response.json({ error: { name: error.name, message: error.message } }); }
    } };`,
  });
  const answer = await platform.call(`/fn/${name}`);
  const text = await answer.text();
  const { value, error } = JSON.parse(text) as { value: unknown; error?: { name: string; message: string } };
  if (!answer.ok) throw new Error(text);
  if (error !== undefined) throw Object.assign(new Error(error.message), { name: error.name });
  return value;
}

test('kv keeps text, JSON and bytes, and forgets what is deleted', async () => {
  const code = `await env.STATE.put('a/é.1 *>', 'été'); await env.STATE.put('json', JSON.stringify({ n: 1 }));
    await env.STATE.put('bytes', new Uint8Array([0, 255]));
    const before = [await env.STATE.get('a/é.1 *>'), await env.STATE.get('json', 'json'), [...await env.STATE.get('bytes', 'bytes')]];
    await env.STATE.delete('json');
    return [...before, await env.STATE.get('json'), await env.STATE.get('never'), await env.OTHER.get('bytes')]`;
  expect(await run(code)).toEqual(['été', { n: 1 }, [0, 255], null, null, null]);
});

test('of two conditional writes of kv one wins', async () => {
  const code = `const first = await env.STATE.put('n', '1', { ifRevision: 0 });
    const again = await env.STATE.put('n', '2', { ifRevision: 0 });
    const [one, other] = await Promise.all([env.STATE.put('n', '3', { ifRevision: first }), env.STATE.put('n', '4', { ifRevision: first })]);
    return [typeof first, again, [one, other].filter((revision) => revision === null).length]`;
  expect(await run(code)).toEqual(['number', null, 1]);
});

test('kv lists keys in order, by prefix, page by page', async () => {
  const code = `for (const key of ['b:2', 'a:1', 'b:1', 'b:3']) await env.STATE.put(key, '');
    const first = await env.STATE.list({ prefix: 'b:', limit: 2 });
    return [first.keys, (await env.STATE.list({ prefix: 'b:', limit: 2, cursor: first.cursor })), (await env.OTHER.list()).keys]`;
  expect(await run(code)).toEqual([['b:1', 'b:2'], { keys: ['b:3'], cursor: null }, []]);
});

test('a value of kv is gone when its time is over', async () => {
  const code = `await env.STATE.put('brief', 'x', { expirationTtl: 1 }); const before = await env.STATE.get('brief');
    while (await env.STATE.get('brief') !== null) await new Promise((resolve) => setTimeout(resolve, 200));
    return before`;
  expect(await run(code)).toBe('x');
});

test('another function of the tenant does not see the values', async () => {
  await run(`await env.STATE.put('mine', 'x')`);
  expect(await run(`return env.STATE.get('mine')`)).toBeNull();
});

test('a value of kv above 512 KiB is refused', async () => {
  await expect(run(`await env.STATE.put('large', 'x'.repeat(600_000))`)).rejects.toThrow(
    'The value of "large" has more than the 524288 bytes that are allowed.',
  );
});

test('bucket stores, lists and reads objects with their metadata', async () => {
  const code = `await env.ARCHIVE.put('in/one.txt', 'été', { contentType: 'text/plain', metadata: { author: 'me' } });
    await env.ARCHIVE.put('in/two.bin', new Uint8Array(3));
    const one = await env.ARCHIVE.get('in/one.txt');
    const { objects, cursor } = await env.ARCHIVE.list({ prefix: 'in/' });
    await env.ARCHIVE.delete('in/two.bin');
    return [one.contentType, one.metadata.author, one.size, await one.text(), objects.map(({ key, size }) => [key, size]), cursor,
      await env.ARCHIVE.head('in/two.bin'), await env.ARCHIVE.get('none')]`;
  const listed = [
    ['in/one.txt', 5],
    ['in/two.bin', 3],
  ];
  expect(await run(code)).toEqual(['text/plain', 'me', 5, 'été', listed, null, null, null]);
});

test('bucket streams both ways, and a conditional put does not overwrite', async () => {
  const code = `const piece = new Uint8Array(1_000_000).fill(5); let left = 10;
    const body = new ReadableStream({ pull(controller) { if (left-- === 0) controller.close(); else controller.enqueue(piece); } });
    await env.ARCHIVE.put('large', body, { size: 10_000_000 });
    let bytes = 0; for await (const chunk of (await env.ARCHIVE.get('large')).body) bytes += chunk.length;
    return [bytes, await env.ARCHIVE.put('once', 'a', { onlyIfAbsent: true }), await env.ARCHIVE.put('once', 'b', { onlyIfAbsent: true }),
      await (await env.ARCHIVE.get('once')).text()]`;
  expect(await run(code)).toEqual([10_000_000, true, false, 'a']);
});

test('of two writers of the same object of a bucket one stores, and a reader is spared content that it has', async () => {
  const code = `const { ARCHIVE } = env;
    await ARCHIVE.put('doc', 'one');
    const { etag } = await ARCHIVE.head('doc');
    const stored = await Promise.all(['two', 'three'].map((text) => ARCHIVE.put('doc', text, { onlyIf: { etagMatches: etag } })));
    const now = await ARCHIVE.get('doc', { onlyIf: { etagDoesNotMatch: etag } });
    const again = await ARCHIVE.get('doc', { onlyIf: { etagDoesNotMatch: '"' + now.etag + '"' } });
    const absent = await ARCHIVE.put('absent', 'x', { onlyIf: { etagMatches: '*' } });
    return [stored.sort(), ['two', 'three'].includes(await now.text()), 'body' in again, again.etag === now.etag, absent, await ARCHIVE.head('absent')]`;
  expect(await run(code)).toEqual([[false, true], true, false, true, false, null]);
});

test('an object name cannot leave the prefix of its binding', async () => {
  await expect(run(`await env.ARCHIVE.get('../../../other/secret')`)).rejects.toThrow(
    'has an empty, "." or ".." segment',
  );
});

test('queue takes messages, batches and delayed ones', async () => {
  const code = `await env.JOBS.send({ id: 1 }); await env.JOBS.sendBatch([{ body: 'text' }, { body: new Uint8Array(2), delaySeconds: 60 }])`;
  expect(await run(code)).toBeNull();
});

test('service calls another function and gets its response', async () => {
  const code = `const response = await env.PDF.fetch('http://pdf/make?n=1', { method: 'POST', body: 'data' });
    return [response.status, response.headers.get('x-pages'), await response.text()]`;
  expect(await run(code)).toEqual([201, '2', 'POST http://pdf/make?n=1 data']);
});

test('an error of the called function is told to the caller', async () => {
  await expect(run(`await env.PDF.fetch('http://pdf/boom')`)).rejects.toThrow(
    '"pdf" did not answer (exception): no ink',
  );
});

test('a function that calls itself ends at 16 calls under each other', async () => {
  const code = `const depth = Number(request.headers.get('sovfn-depth') ?? 0);
    try { return (await (await env.SELF.fetch('http://self/')).json()).value } catch (error) { return [depth, error.message] }`;
  expect(await run(code, 'recursive')).toEqual([
    16,
    '"recursive" calls "recursive" 17 service calls deep; at most 16 are allowed.',
  ]);
});

test('the trace context of a caller reaches the function and, through it, the one that it calls', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const code = `const called = await env.PDF.fetch('http://pdf/trace');
    return [request.headers.get('traceparent'), await called.text()]`;
  const [none, made] = (await run(code, 'traced')) as [null, string];
  expect([none, made]).toEqual([null, expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)]);
  const answer = await platform.call('/fn/traced', { headers: { traceparent } });
  expect(await answer.json()).toEqual({ value: [traceparent, traceparent] });
});
