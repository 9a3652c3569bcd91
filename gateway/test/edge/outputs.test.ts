import { randomBytes } from 'node:crypto';
import { CHUNK_BYTES } from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { RawClient } from '../peers/raw-client.ts';

let minio: MinioServer;
let bench: GatewayBench;
beforeAll(async () => {
  minio = await startMinio();
  bench = await GatewayBench.start({ store: minio.endpoint, config: { spillMb: 8 } });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await minio[Symbol.asyncDispose]();
});

test('when a kept answer has ended, its output is in the store with body and facts', async () => {
  await bench.serve({ name: 'kept', outputs: 'all' }, (served) => served.answer('the result', { status: 201 }));
  const response = await fetch(`${bench.url}/fn/kept/`);
  expect([response.status, await response.text()]).toEqual([201, 'the result']);
  const [body, meta] = await readOutput('kept', response.headers.get('sovfn-invocation')!);
  expect(body.toString()).toBe('the result');
  expect(meta).toMatchObject({
    function: 'kept',
    tenant: 'main',
    zone: 'fr',
    node: 'node-1',
    trigger: 'http',
    attempt: 1,
    status: 201,
    headers: ['content-type', 'text/plain'],
    contentType: 'text/plain',
    bytes: 10,
    outcome: 'ok',
  });
});

test('a kept answer that streams is copied on its way, and ends only when the copy is durable', async () => {
  const body = randomBytes(3 * CHUNK_BYTES + 5);
  const cell = await bench.serve({ name: 'kept-stream', outputs: 'all' });
  const response = fetch(`${bench.url}/fn/kept-stream/`);
  const served = await cell.calls.next();
  served.answerStreamed();
  for (let i = 0; i < 4; i++) served.chunk(i, body.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
  served.end(4);
  expect(Buffer.from(await (await response).arrayBuffer()).equals(body)).toBe(true);
  const [stored] = await readOutput('kept-stream', (await response).headers.get('sovfn-invocation')!);
  expect(stored.equals(body)).toBe(true);
});

test('an answer that breaks off leaves no output', async () => {
  const cell = await bench.serve({ name: 'kept-half', outputs: 'all' });
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send('GET /fn/kept-half/ HTTP/1.1\r\nhost: x\r\n\r\n');
  const served = await cell.calls.next();
  served.answerStreamed();
  served.chunk(0, Buffer.from('half'));
  served.end(1, 'exception');
  await client.untilClosed();
  const { objects } = await store().list('outputs', 'main/kept-half/', { limit: 10 });
  expect(objects).toEqual([]);
});

test('a response header that HTTP does not allow leaves no output either', async () => {
  await bench.serve({ name: 'kept-bad', outputs: 'all' }, (served) => served.answer('x', { headers: 'a b\nc\n' }));
  expect((await fetch(`${bench.url}/fn/kept-bad/`)).status).toBe(502);
  const { objects } = await store().list('outputs', 'main/kept-bad/', { limit: 10 });
  expect(objects).toEqual([]);
});

test('while the store is away kept answers are given all the same, until the room is used up: then 503 before anything runs', async () => {
  const big = Buffer.alloc(INLINE_BYTES, 'x');
  const cell = await bench.serve({ name: 'kept-away', outputs: 'all' }, (served) => served.answer(big));
  await minio.kill();
  expect((await fetch(`${bench.url}/fn/kept-away/`)).status).toBe(200);
  const refused = await untilRefused();
  expect(refused).toMatchObject({ status: 503, code: 'output-store-full', invocation: expect.any(String) as string });
  const called = cell.calls.size;
  expect((await fetch(`${bench.url}/fn/kept-away/`)).status).toBe(503);
  expect(cell.calls.size).toBe(called);
  await minio.restart();
});

const INLINE_BYTES = 128 * 1024;

async function untilRefused(): Promise<object> {
  for (;;) {
    const response = await fetch(`${bench.url}/fn/kept-away/`);
    if (response.status !== 200) return (await response.json()) as object;
    await response.arrayBuffer();
  }
}

function store() {
  return openStore({ ...minio.endpoint, tls: false });
}

async function readOutput(name: string, invocation: string): Promise<[Buffer, object]> {
  const { objects } = await store().list('outputs', `main/${name}/`, { limit: 10 });
  const names = objects.map((object) => object.name).filter((object) => object.includes(invocation));
  expect(names[0]).toMatch(/\/body$/);
  const maxBytes = 10_000_000;
  const packed = (await store().head('outputs', names[0]!))?.metadata['output'];
  const description = packed ?? (await store().get('outputs', names[1]!, { maxBytes })).toString();
  return [await store().get('outputs', names[0]!, { maxBytes }), JSON.parse(description) as object];
}
