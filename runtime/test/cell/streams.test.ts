import { createHash } from 'node:crypto';
import { CHUNK_BYTES, STREAM_WINDOW } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CellHarness, startCell } from './cell-harness.ts';

let cell: CellHarness;
beforeAll(async () => {
  cell = await startCell();
});
afterAll(() => cell[Symbol.asyncDispose]());

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function* pieces(count: number): Iterable<Uint8Array> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(CHUNK_BYTES, index % 251);
}

test('a streamed request body arrives whole and in order', async () => {
  await cell.deploy(
    'upload',
    `async fetch(request) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Response.json({ length: bytes.length, hash: hash.toHex() });
  }`,
    { memoryMb: 128, cpuMs: 2_000 },
  );
  const call = await cell.start('upload', { stream: pieces(100) });
  const expected = Buffer.concat([...pieces(100)]);
  expect(JSON.parse((await call.answer).body.toString())).toEqual({ length: expected.length, hash: sha256(expected) });
});

test('a streamed body passes through piece by piece', async () => {
  await cell.deploy('pass', `fetch(request) { return new Response(request.body); }`, { cpuMs: 5_000 });
  const call = await cell.start('pass', { stream: pieces(200) });
  const answer = await call.answer;
  expect(answer.outcome).toBe('ok');
  expect(sha256(answer.body)).toBe(sha256(Buffer.concat([...pieces(200)])));
});

test.each(['text', 'bytes'])('a complete response of 3 MiB, as %s, arrives whole', async (kind) => {
  const body = kind === 'text' ? `'é'.repeat(3 * 512 * 1024)` : `new Uint8Array(3 * 1024 * 1024).fill(7)`;
  await cell.deploy(`large-${kind}`, `fetch() { return new Response(${body}); }`, { cpuMs: 5_000 });
  const answer = await cell.call(`large-${kind}`);
  expect(answer.outcome).toBe('ok');
  expect(
    answer.body.equals(kind === 'text' ? Buffer.from('é'.repeat(3 * 512 * 1024)) : Buffer.alloc(3 * 1024 * 1024, 7)),
  ).toBe(true);
});

test('a reader without credits holds the function up instead of filling memory', async () => {
  const logs = cell.logs('producer');
  await cell.parts.gateway.flush();
  await cell.deploy(
    'producer',
    `fetch() {
    let sent = 0;
    return new Response(new ReadableStream({
      pull(controller) {
        if (sent === 400) { console.log('all', sent); return controller.close(); }
        controller.enqueue(new Uint8Array(${CHUNK_BYTES}).fill(sent++));
      },
    }));
  }`,
    { cpuMs: 5_000 },
  );
  const call = await cell.start('producer', { holdCredits: true });
  await until(() => call.frames.filter((frame) => frame.kind === 'chunk').length === STREAM_WINDOW);
  expect(call.frames.filter((frame) => frame.kind === 'chunk')).toHaveLength(STREAM_WINDOW);
  expect(logs).toEqual([]);
  call.grant(1_000);
  const answer = await call.answer;
  expect(answer.body).toHaveLength(400 * CHUNK_BYTES);
});

test('a stream that fails in the middle ends as an exception, and the next call works', async () => {
  await cell.deploy(
    'breaks',
    `fetch(request) {
    if (request.method === 'GET') return new Response('fine');
    let sent = 0;
    return new Response(new ReadableStream({ pull(c) { if (sent++ === 3) throw new Error('broken pipe'); c.enqueue(new Uint8Array(10)); } }));
  }`,
  );
  const answer = await cell.call('breaks', { method: 'POST' });
  expect(answer.outcome).toBe('exception');
  expect(answer.status).toBe(200);
  expect((await cell.call('breaks')).body.toString()).toBe('fine');
});

test('server-sent events leave one by one, as they are made', async () => {
  await cell.deploy(
    'events',
    `fetch() {
    const { readable, writable } = new TransformStream();
    (async () => {
      const writer = writable.getWriter();
      for (let n = 0; n < 3; n++) {
        await writer.write(new TextEncoder().encode('data: ' + n + '\\n\\n'));
        await new Promise((done) => setTimeout(done, 20));
      }
      await writer.close();
    })();
    return new Response(readable, { headers: { 'content-type': 'text/event-stream' } });
  }`,
  );
  const answer = await cell.call('events');
  expect(answer.frames.filter((frame) => frame.kind === 'chunk')).toHaveLength(3);
  expect(answer.body.toString()).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n');
});

test('when the caller goes away the request is aborted and the response stream is canceled', async () => {
  const logs = cell.logs('abandoned');
  await cell.parts.gateway.flush();
  await cell.deploy(
    'abandoned',
    `fetch(request) {
    request.signal.addEventListener('abort', () => console.log('aborted'));
    return new Response(new ReadableStream({
      async pull(controller) { controller.enqueue(new Uint8Array(10)); await new Promise((done) => setTimeout(done, 10)); },
      cancel() { console.log('canceled'); },
    }));
  }`,
  );
  const call = await cell.start('abandoned');
  await call.firstFrame;
  call.cancel();
  await until(() => logs.length >= 2);
  expect(logs.map((event) => event.text).toSorted()).toEqual(['aborted', 'canceled']);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
