import { setTimeout as delay } from 'node:timers/promises';
import { nanos } from '@nats-io/transport-node';
import { eventStream } from '@sovfn/protocol';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GatewayBenchOptions, ZONE } from '../peers/gateway-bench.ts';
import { type EventStage, startEventStage } from './event-stage.ts';
import { MutableProxy } from './mutable-proxy.ts';
import { untilAccepted } from './until-accepted.ts';

const MIB = 1024 * 1024;

let minio: MinioServer;
beforeAll(async () => {
  minio = await startMinio();
});
afterAll(() => minio[Symbol.asyncDispose]());

async function start(options: GatewayBenchOptions = {}): Promise<EventStage> {
  const stage = await startEventStage({ store: minio.endpoint, ...options });
  await stage.bench.untilVisible(await stage.bench.deploy({ name: 'job' }));
  return stage;
}

test.concurrent(
  'events that were accepted are there after nats-server was killed under load, and no key made two',
  async () => {
    await using stage = await start();
    const { bench, world } = stage;
    const send = async (i: number) => world.send('/fn/job/', { body: `${i}`, headers: { 'idempotency-key': `k${i}` } });
    const accepted = new Map<number, string>();
    const sending = Array.from({ length: 600 }, async (_, i) => {
      const response = await send(i);
      if (response.status === 202) accepted.set(i, response.headers.get('sovfn-event')!);
      if (accepted.size === 100) await bench.nats.kill();
    });
    await Promise.all(sending);
    expect(accepted.size).toBeGreaterThanOrEqual(100);
    await bench.nats.restart();
    const ids = await Promise.all(Array.from({ length: 600 }, async (_, i) => untilAccepted(() => send(i))));
    for (const [i, id] of accepted) expect(ids[i]).toBe(id);
    expect(await world.pending('job')).toEqual(ids.toSorted());
  },
);

test.concurrent(
  'an acceptance whose answer is lost is 503, and the repetition with its key finds the event',
  async () => {
    await using stage = await start();
    const { bench, world } = stage;
    await using proxy = await MutableProxy.start(bench.nats.address.port);
    await using second = await bench.startSecondGateway({ ...bench.config.bus, port: proxy.port });
    const send = async () =>
      fetch(`${second.url}/fn/job/`, {
        method: 'POST',
        body: 'x',
        headers: { prefer: 'respond-async', 'idempotency-key': 'k' },
      });
    const { event: earlier } = await world.accept('/fn/job/');
    proxy.mute();
    const unclear = await send();
    expect(unclear.status).toBe(503);
    expect(unclear.headers.get('retry-after')).toBe('1');
    const stored = (await world.pending('job')).find((id) => id !== earlier);
    expect(stored).toBeDefined();
    proxy.unmute();
    expect(await untilAccepted(send)).toBe(stored);
    expect(await world.pending('job')).toEqual([earlier, stored]);
  },
);

test('without the bus a call is refused at once, not after a wait', async () => {
  await using stage = await start();
  const { bench, world } = stage;
  await bench.nats.kill();
  await expect.poll(() => bench.drainEvents()).toContain('bus-lost');
  const response = await world.send('/fn/job/', { body: 'x' });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ code: 'bus-unavailable' });
});

test.concurrent('without the object store a large body is refused and a small one accepted', async () => {
  await using stage = await start({ store: { host: '127.0.0.1', port: 1, accessKey: 'none', secretKey: 'none' } });
  const { world } = stage;
  const large = await world.send('/fn/job/', { body: Buffer.alloc(2 * MIB) });
  expect([large.status, ((await large.json()) as { code: string }).code]).toEqual([503, 'store-unavailable']);
  const { event } = await world.accept('/fn/job/', { body: 'small' });
  expect(await world.pending('job')).toEqual([event]);
});

test.concurrent('a server without room for more refuses events with 507, and those it accepted are there', async () => {
  await using stage = await start({
    nats: { jetstream: 'sync_interval: always\n max_file: 74MB' },
    config: { replayMb: 4, kvMb: 1 },
  });
  const { world } = stage;
  const accepted: string[] = [];
  for (;;) {
    const response = await world.send('/fn/job/', { body: Buffer.alloc(700_000) });
    if (response.status !== 202) {
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([507, 'events-full']);
      break;
    }
    accepted.push(response.headers.get('sovfn-event')!);
  }
  expect(accepted.length).toBeGreaterThan(10);
  expect(await world.pending('job')).toEqual(accepted.toSorted());
});

test.concurrent(
  'a server that is full while events run has them run on, and takes further ones when there is room',
  async () => {
    await using stage = await start({
      nats: { jetstream: 'sync_interval: always\n max_file: 74MB' },
      config: { replayMb: 4, kvMb: 1, eventAckMs: 1_000 },
    });
    const { bench, world } = stage;
    const isFull = Promise.withResolvers<void>();
    await bench.serve({ name: 'job' }, (served) => void isFull.promise.then(() => served.answer('done')));
    const send = async () => world.send('/fn/job/', { body: Buffer.alloc(700_000) });
    const accepted: string[] = [];
    for (let response = await send(); response.status === 202; response = await send()) {
      accepted.push(response.headers.get('sovfn-event')!);
    }
    isFull.resolve();
    for (const event of accepted) expect((await world.ended('job', event)).state).toBe('succeeded');
    const again = await untilAccepted(send);
    expect((await world.ended('job', again)).state).toBe('succeeded');
  },
);

test.concurrent(
  'a function with as many waiting events as it may have is refused further ones with 429 and Retry-After',
  async () => {
    await using stage = await start({ config: { pendingEvents: 20 } });
    const { world } = stage;
    const answers = [];
    for (let i = 0; i < 25; i++) answers.push(await world.send('/fn/job/', { body: `${i}` }));
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array<number>(20).fill(202),
      ...Array<number>(5).fill(429),
    ]);
    expect(answers.at(-1)!.headers.get('retry-after')).toBe('5');
    expect(await answers.at(-1)!.json()).toMatchObject({ code: 'too-many-events', limitValue: 20 });
  },
);

test.concurrent(
  'the same key is one event and one run within the duplicate window of the server and after it',
  async () => {
    await using stage = await startEventStage({ store: minio.endpoint });
    const { bench, world } = stage;
    const cell = await bench.serve({ name: 'pay' }, (served) => served.answer('paid'));
    const duplicateWindowMs = 100;
    const setUp = await world.streams.streams.update(eventStream(ZONE), { duplicate_window: nanos(duplicateWindowMs) });
    expect(setUp.config.duplicate_window).toBe(nanos(duplicateWindowMs));
    const keyed = { body: 'x', headers: { 'idempotency-key': 'order-1' } };
    const { event } = await world.accept('/fn/pay/', keyed);
    expect(await world.accept('/fn/pay/', keyed)).toMatchObject({ event, isDuplicate: true });
    await world.ended('pay', event);
    await world.untilGone('pay', event);
    await delay(2 * duplicateWindowMs);
    // A gateway that remembers nothing.
    await using second = await bench.startSecondGateway();
    const headers = { ...keyed.headers, prefer: 'respond-async' };
    const later = await fetch(`${second.url}/fn/pay/`, { method: 'POST', body: 'x', headers });
    expect([later.status, later.headers.get('sovfn-event')]).toEqual([202, event]);
    const { event: other } = await world.accept('/fn/pay/');
    await world.ended('pay', other);
    expect(cell.calls.drain()).toHaveLength(2);
  },
);
