/** Queues and several gateways: who takes what, and what becomes of the messages of one that stops, hangs or is killed. */
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayProcess } from '../peers/gateway-process.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { startEventStage } from './event-stage.ts';
import { batchOf, bodiesOf, report, send, untilEmpty } from './queue-world.ts';

const QUICK = { attempts: 3, minDelay: '10ms', maxDelay: '10ms', rules: [] };
const ACK_MS = 1_000;

let minio: MinioServer;
beforeAll(async () => {
  minio = await startMinio();
});
afterAll(() => minio[Symbol.asyncDispose]());

const jobs = (batchSize: number, batchWait = '60s') => ({ type: 'queue', batchSize, batchWait }) as const;
const isOf = ({ reply }: ServedCall, gateway: string): boolean => reply.startsWith(`_R.${gateway}.`);

test.concurrent(
  'several gateways run batches of a function at the same time; one killed in a batch loses none: each message comes again',
  async () => {
    await using stage = await startEventStage({
      store: minio.endpoint,
      config: { runningEvents: 1, eventAckMs: ACK_MS },
    });
    const { bench, world } = stage;
    const cell = await bench.serve({ name: 'job', bindings: { JOBS: jobs(2, '50ms') }, retry: QUICK });
    await using gateway = await GatewayProcess.start(bench, { runningEvents: 256, eventAckMs: ACK_MS });
    const bodies = Array.from({ length: 24 }, (_, index) => `m${index}`);
    const ids = await Promise.all(bodies.map((body) => send(world, 'job', body)));
    // The bench's gateway runs one batch at a time, so the other one gets some.
    let lost: ServedCall | null = null;
    const others: ServedCall[] = [];
    while (lost === null) {
      const served = await cell.calls.next();
      served.taken();
      if (isOf(served, 'gw-2')) lost = served;
      else others.push(served);
    }
    await gateway.kill();
    for (const served of others) report(served);
    const seen = others.flatMap(bodiesOf);
    const again = new Map<string, number>();
    while (seen.length < bodies.length) {
      const served = await cell.calls.next();
      for (const { bytes, attempts } of batchOf(served).messages) again.set(Buffer.from(bytes).toString(), attempts);
      if (isOf(served, 'gw-2')) continue;
      seen.push(...bodiesOf(served));
      report(served);
    }
    expect(seen.toSorted()).toEqual(bodies.toSorted());
    for (const body of bodiesOf(lost)) expect([body, again.get(body)]).toEqual([body, 2]);
    for (const id of ids) expect((await world.ended('job', id)).state).toBe('succeeded');
    await untilEmpty(world, 'job');
  },
);

test.concurrent('a gateway that stops gives back what it has gathered, and another one runs it', async () => {
  await using stage = await startEventStage({ store: minio.endpoint });
  const { bench, world } = stage;
  const cell = await bench.serve({ name: 'job', bindings: { JOBS: jobs(6) } }, (served) => report(served));
  await using gateway = await GatewayProcess.start(bench);
  const bodies = ['a', 'b', 'c', 'd', 'e'];
  for (const body of bodies) await send(world, 'job', body);
  expect(await gateway.terminate()).toBe(0);
  await send(world, 'job', 'f');
  const served = await cell.calls.next();
  expect([isOf(served, 'gw-1'), bodiesOf(served)]).toEqual([true, [...bodies, 'f']]);
  await untilEmpty(world, 'job');
});

test.concurrent(
  'a batch that runs for longer than the server waits for a sign is not given to another gateway',
  async () => {
    await using stage = await startEventStage({ store: minio.endpoint, config: { eventAckMs: ACK_MS } });
    const { bench, world } = stage;
    const cell = await bench.serve({ name: 'job', bindings: { JOBS: jobs(1) } });
    await using _gateway = await GatewayProcess.start(bench, { eventAckMs: ACK_MS });
    await send(world, 'job', 'long');
    const served = await cell.calls.next();
    served.taken();
    const until = Date.now() + 3 * ACK_MS;
    while (Date.now() < until) await delay(50);
    expect(cell.calls.drain()).toEqual([]);
    report(served);
    await untilEmpty(world, 'job');
  },
);
