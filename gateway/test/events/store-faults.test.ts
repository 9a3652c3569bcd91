import { createHash } from 'node:crypto';
import { outputBodyObject, STREAM_WINDOW } from '@sovfn/protocol';
import { type ObjectStore, openStore } from '@sovfn/store';
import { type MinioServer, type StallingProxy, startMinio, startStallingProxy } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDescription } from '../../src/outputs/descriptions.ts';
import type { Peer } from '../peers/peer-cell.ts';
import { type EventStage, startEventStage } from './event-stage.ts';

const BUCKET = 'outputs';
const CHUNK = Buffer.alloc(128 * 1024, 'large');
const CHUNKS = 64;
/** The limits of several writes that hang, one after the other. */
const HANGING_TEST_MS = 120_000;

let minio: MinioServer;
/** Past the proxy. */
let direct: ObjectStore;
beforeAll(async () => {
  minio = await startMinio();
  const { host, port, accessKey, secretKey } = minio.endpoint;
  direct = openStore({ host, port, tls: false, accessKey, secretKey });
});
afterAll(async () => {
  direct.close();
  await minio[Symbol.asyncDispose]();
});

async function startStage(): Promise<AsyncDisposable & EventStage & { readonly proxy: StallingProxy }> {
  await using parts = new AsyncDisposableStack();
  const proxy = parts.use(await startStallingProxy(minio.endpoint.port));
  const stage = parts.use(await startEventStage({ store: { ...minio.endpoint, port: proxy.port } }));
  const owned = parts.move();
  return { ...stage, proxy, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

test.concurrent(
  'while the object store hangs an event is not acknowledged and shows no output; afterwards it has run once',
  async () => {
    await using stage = await startStage();
    const { bench, world, proxy } = stage;
    const cell = await bench.serve({ name: 'hang' });
    const { event } = await world.accept('/fn/hang/');
    const served = await cell.calls.next();
    proxy.stall();
    served.answer('kept');
    await bench.event('output-store-down');
    await world.untilRecord('hang', event, ({ state }) => state === 'running');
    expect(await world.pending('hang')).toEqual([event]);
    expect(await objectsOf('hang')).toEqual([]);

    proxy.resume();
    await expectWhole(await world.ended('hang', event), Buffer.from('kept'));
    await world.untilGone('hang', event);
    expect(cell.calls.drain()).toEqual([]);
  },
  HANGING_TEST_MS,
);

test.concurrent(
  'an upload that breaks off in the middle leaves nothing to see, and is made again whole',
  async () => {
    await using stage = await startStage();
    const { bench, world, proxy } = stage;
    const cell = await bench.serve({ name: 'cut' });
    const { event } = await world.accept('/fn/cut/');
    proxy.stallAfter(proxy.passedBytes + (CHUNKS * CHUNK.length) / 2);
    await answerInChunks(cell);
    await bench.event('output-store-down');
    expect(proxy.isStalled).toBe(true);
    expect(await objectsOf('cut')).toEqual([]);
    expect(await world.pending('cut')).toEqual([event]);

    proxy.resume();
    await expectWhole(await world.ended('cut', event), Buffer.concat(Array<Buffer>(CHUNKS).fill(CHUNK)));
    await world.untilGone('cut', event);
    expect(cell.calls.drain()).toEqual([]);
  },
  HANGING_TEST_MS,
);

test.concurrent(
  'a gateway told to stop while an output waits for the store counts the attempt: the next one has a place of its own',
  async () => {
    await using stage = await startStage();
    const { bench, world, proxy } = stage;
    const cell = await bench.serve({ name: 'left' });
    const { event } = await world.accept('/fn/left/');
    const served = await cell.calls.next();
    proxy.stall();
    served.answer('first');
    await bench.event('output-store-down');
    await bench.gateway[Symbol.asyncDispose]();
    proxy.resume();
    await using _second = await bench.startSecondGateway();
    (await cell.calls.next()).answer('second');
    const record = await world.ended('left', event);
    expect(record).toMatchObject({
      state: 'succeeded',
      attempts: [{ attempt: 1, outcome: 'internal-error' }, { attempt: 2 }],
    });
    const body = await direct.get(BUCKET, outputBodyObject(record.output!), { maxBytes: 100, timeoutMs: 30_000 });
    expect(body.toString()).toBe('second');
    expect(cell.calls.drain()).toEqual([]);
  },
  HANGING_TEST_MS,
);

async function answerInChunks(cell: Peer): Promise<void> {
  const served = await cell.calls.next();
  served.answerStreamed();
  let credit = STREAM_WINDOW;
  for (let sequence = 0; sequence < CHUNKS; sequence++) {
    while (credit === 0) {
      const frame = await served.frames.next();
      if (frame.kind === 'credit') credit += frame.chunks;
    }
    served.chunk(sequence, CHUNK);
    credit--;
  }
  served.end(CHUNKS);
}

async function objectsOf(name: string): Promise<string[]> {
  const { objects } = await direct.list(BUCKET, `main/${name}/`, { limit: 10 });
  return objects.map((object) => object.name);
}

async function expectWhole(record: { state: string; attempts: unknown[]; output: string | null }, body: Buffer) {
  expect([record.state, record.attempts.length]).toEqual(['succeeded', 1]);
  const read = { maxBytes: 2 * CHUNKS * CHUNK.length, timeoutMs: 30_000 };
  const stored = await direct.get(BUCKET, outputBodyObject(record.output!), read);
  expect(stored.equals(body)).toBe(true);
  const meta = await readDescription({ store: direct, bucket: BUCKET }, record.output!);
  expect(meta?.sha256).toBe(createHash('sha256').update(body).digest('hex'));
}
