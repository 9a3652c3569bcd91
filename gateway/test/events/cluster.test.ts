import { eventStream } from '@sovfn/protocol';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest';
import { ZONE } from '../peers/gateway-bench.ts';
import { type EventStage, startEventStage } from './event-stage.ts';
import { untilAccepted } from './until-accepted.ts';

/** Three servers on a machine that may be busy choose new leaders for every stream. */
const CLUSTER_TEST_MS = 240_000;
const EVENTS = 200;

let minio: MinioServer;
beforeAll(async () => {
  minio = await startMinio();
});
afterAll(() => minio[Symbol.asyncDispose]());

let stage: EventStage;
beforeEach(async () => {
  stage = await startEventStage({ store: minio.endpoint, isCluster: true });
  await stage.bench.untilVisible(await stage.bench.deploy({ name: 'job' }));
}, CLUSTER_TEST_MS);
afterEach(() => stage[Symbol.asyncDispose]());

test(
  'when the leader of the event stream is killed under load, no accepted event is lost and a repeated key gives its id',
  async () => {
    const { bench, world } = stage;
    const { cluster: info } = await world.streams.streams.info(eventStream(ZONE));
    const leader = bench.cluster!.named(info!.leader!);
    const accepted = new Map<number, string>();
    const answers = new Set<number>();
    const killed: Promise<void>[] = [];
    const sending = Array.from({ length: EVENTS }, async (_, i) => {
      const response = await send(i);
      answers.add(response.status);
      if (response.status === 202) accepted.set(i, response.headers.get('sovfn-event')!);
      if (accepted.size >= EVENTS / 4 && killed.length === 0) killed.push(leader.kill());
    });
    await Promise.all(sending);
    await Promise.all(killed);
    expect([...answers].filter((status) => status !== 202 && status !== 503)).toEqual([]);
    const ids = await Promise.all(Array.from({ length: EVENTS }, async (_, i) => untilAccepted(() => send(i))));
    for (const [i, id] of accepted) expect(ids[i]).toBe(id);
    await expect.poll(() => pending(), { timeout: CLUSTER_TEST_MS }).toEqual(ids.toSorted());
    await leader.restart();
    await expect.poll(() => pending(), { timeout: CLUSTER_TEST_MS }).toEqual(ids.toSorted());
  },
  CLUSTER_TEST_MS,
);

test(
  'with two of three servers away nothing is accepted, every answer is 503 with Retry-After, and it heals without a loss',
  async () => {
    const { bench, world } = stage;
    const before = await Promise.all(Array.from({ length: 20 }, async (_, i) => untilAccepted(() => send(i))));
    const [first, second] = bench.cluster!.servers;
    await Promise.all([first.kill(), second.kill()]);
    for (let i = 20; i < 26; i++) {
      const response = await send(i);
      await response.body?.cancel();
      expect([response.status, response.headers.has('retry-after')]).toEqual([503, true]);
    }
    await Promise.all([first.restart(), second.restart()]);
    const ids = [];
    for (let i = 0; i < 26; i++) ids.push(await untilAccepted(() => send(i)));
    expect(ids.slice(0, 20)).toEqual(before);
    await bench.cluster!.untilHealthy();
    const cell = await bench.serve({ name: 'job' }, (served) => served.answer('done'));
    for (const id of ids) expect((await world.ended('job', id)).state).toBe('succeeded');
    expect(cell.calls.drain().length).toBeGreaterThanOrEqual(ids.length);
  },
  CLUSTER_TEST_MS,
);

test('a gateway that asks for other replicas than the streams have does not start, and says what to do', async () => {
  const { bench } = stage;
  const { bus } = bench.config;
  await expect(bench.startSecondGateway({ ...bus, replicas: 1 })).rejects.toMatchObject({
    code: 'config-invalid',
    message: 'the stream KV_functions has 3 replicas, and bus.replicas is 1',
    hint: expect.stringContaining('Set bus.replicas to 3') as string,
  });
});

async function send(i: number): Promise<Response> {
  return stage.world.send('/fn/job/', { body: `${i}`, headers: { 'idempotency-key': `key-${i}` } });
}

/** While the cluster chooses leaders, it is asked again. */
async function pending(): Promise<string[]> {
  return stage.world.pending('job').catch(() => []);
}
