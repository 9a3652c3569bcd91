import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayProcess } from '../peers/gateway-process.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { startEventStage } from './event-stage.ts';
import { MutableProxy } from './mutable-proxy.ts';

/** More than the grace of a gateway that stops. */
const STOP_TEST_MS = 60_000;

let minio: MinioServer;
beforeAll(async () => {
  minio = await startMinio();
});
afterAll(() => minio[Symbol.asyncDispose]());

const KEYED = { body: 'pay', headers: { 'idempotency-key': 'order-1' } };

test.concurrent(
  'a gateway killed after the event was stored and before the answer: the repeated key gives its id, and one run',
  async () => {
    await using stage = await startEventStage({ store: minio.endpoint });
    const { bench, world } = stage;
    const cell = await bench.serve({ name: 'job' }, (served) => served.answer('paid'));
    await using proxy = await MutableProxy.start(bench.nats.address.port);
    await using gateway = await GatewayProcess.start(bench, { bus: { ...bench.config.bus, port: proxy.port } });
    await world.ended('job', (await world.accept('/fn/job/')).event);
    await cell.calls.next();

    proxy.mute();
    const answer = gateway.send('/fn/job/', KEYED).then(
      ({ status }) => status,
      () => 'reset',
    );
    const stored = eventOf(await cell.calls.next());
    await gateway.kill();
    expect(await answer).toBe('reset');

    await using again = await GatewayProcess.start(bench);
    const repeated = await again.send('/fn/job/', KEYED);
    expect([repeated.status, repeated.headers.get('sovfn-event')]).toEqual([202, stored]);
    expect(repeated.headers.get('sovfn-duplicate')).toBe('true');
    expect(await world.ended('job', stored)).toMatchObject({ state: 'succeeded', attempts: [{ attempt: 1 }] });
    await world.untilGone('job', stored);
    expect(cell.calls.drain()).toEqual([]);
  },
);

test.concurrent.each([
  ['nothing of the event', 'Nats-Batch-Id'],
  ['its marker and not its message', 'Nats-Batch-Commit'],
])('a gateway killed when %s has reached the bus: nothing is accepted, and the repeated key is', async (_what, cut) => {
  await using stage = await startEventStage({ store: minio.endpoint });
  const { bench, world } = stage;
  await bench.untilVisible(await bench.deploy({ name: 'job' }));
  const { event: earlier } = await world.accept('/fn/job/');
  await using proxy = await MutableProxy.start(bench.nats.address.port);
  await using gateway = await GatewayProcess.start(bench, { bus: { ...bench.config.bus, port: proxy.port } });

  const isCut = proxy.cutAt(cut);
  const answer = gateway.send('/fn/job/', KEYED).then(
    ({ status }) => status,
    () => 'reset',
  );
  await isCut;
  await gateway.kill();
  expect(await answer).toBe('reset');
  expect(await world.pending('job')).toEqual([earlier]);

  await using again = await GatewayProcess.start(bench);
  const repeated = await again.send('/fn/job/', KEYED);
  expect([repeated.status, repeated.headers.get('sovfn-duplicate')]).toEqual([202, null]);
  expect(await world.pending('job')).toEqual([earlier, repeated.headers.get('sovfn-event')].toSorted());
});

test.concurrent(
  'a gateway that is told to stop finishes what ends in its grace, gives back the rest, and exits 0: nothing is lost',
  async () => {
    await using stage = await startEventStage({ store: minio.endpoint, config: { runningEvents: 1 } });
    const { bench, world } = stage;
    const cell = await bench.serve({ name: 'job' }, (served) => served.taken());
    await using gateway = await GatewayProcess.start(bench, { runningEvents: 256 });
    const accepted = await Promise.all(Array.from({ length: 12 }, async () => world.accept('/fn/job/')));
    const mine: ServedCall[] = [];
    // The other gateway runs one at a time, so this one gets some.
    while (mine.length < 2) {
      const served = await cell.calls.next();
      if (isOf(served, 'gw-2')) mine.push(served);
      else {
        // One more for each that the other took: this one may begin to take events late.
        accepted.push(await world.accept('/fn/job/'));
        served.answer('by the other');
      }
    }
    const exit = gateway.terminate();
    mine[0]!.answer('in time');
    const answering = answerAll(cell.calls, mine[1]!);
    expect(await exit).toBe(0);
    for (const { event } of accepted) {
      const record = await world.ended('job', event);
      expect(record).toMatchObject({ state: 'succeeded', attempts: [{ attempt: 1 }] });
    }
    answering.stop();
  },
  STOP_TEST_MS,
);

/** Answers every further call, but for `left`, whose call never ends. */
function answerAll(calls: { next(): Promise<ServedCall> }, left: ServedCall): { stop: () => void } {
  let isStopped = false;
  void (async () => {
    while (!isStopped) {
      const served = await calls.next();
      if (served !== left) served.answer('later');
    }
  })();
  return { stop: () => (isStopped = true) };
}

function isOf({ reply }: ServedCall, gateway: string): boolean {
  return reply.startsWith(`_R.${gateway}.`);
}

function eventOf({ call }: ServedCall): string {
  const flat = call.headers.split('\n');
  return flat[flat.indexOf('sovfn-event') + 1]!;
}
