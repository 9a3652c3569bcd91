import {
  deadLetterStream,
  deadLetterSubject,
  eventStream,
  eventSubject,
  outputBodyObject,
  type Reconciliation,
  recordStream,
  recordSubject,
} from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ZONE } from '../peers/gateway-bench.ts';
import { addressOf, OperatorBench } from './operator.ts';

let bench: OperatorBench;
beforeAll(async () => {
  bench = await OperatorBench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

async function reconcile(name: string, query = ''): Promise<Reconciliation> {
  const { status, json } = await bench.control.ask('GET', `/v1/functions/${name}/reconcile${query}`);
  expect(status).toBe(200);
  return (json as { functions: [Reconciliation] }).functions[0];
}

async function purge(stream: string, filter: string): Promise<void> {
  await bench.world.streams.streams.purge(stream, { filter });
}

test('what was accepted has ended or waits: nothing disagrees, whatever became of the events', async () => {
  const name = await bench.deploy();
  const accept = async (headers = {}) => bench.accept(name, { body: 'x', headers });
  const [ended, dead, redriven, purged, cancelled] = [
    await accept(),
    await accept(),
    await accept(),
    await accept(),
    await accept(),
  ];
  await accept();
  await accept({ 'sovfn-delay': '1h' });
  await accept({ 'sovfn-ordering-key': 'k' });
  const running = await accept();
  await bench.dispatcher.begin(name, running);
  await bench.dispatcher.succeed(name, ended);
  for (const event of [dead, redriven, purged]) await bench.dispatcher.die(name, event);
  await bench.control.ask('POST', `/v1/dead-letters/${redriven}/redrive`);
  await bench.control.ask('DELETE', `/v1/dead-letters/${purged}`);
  await bench.cancel(cancelled);
  expect(await reconcile(name)).toMatchObject({
    ...{ function: name, accepted: 10, ended: 5, pending: 5, disagreements: [], disagreementCount: 0 },
  });
  expect(await reconcile('nobody')).toMatchObject({ accepted: 0, ended: 0, pending: 0, disagreementCount: 0 });
});

test('an event whose message was dropped by hand is named as lost', async () => {
  const name = await bench.deploy();
  const [kept, dropped, begun] = [await bench.accept(name), await bench.accept(name), await bench.accept(name)];
  await bench.dispatcher.begin(name, begun);
  for (const event of [dropped, begun]) await purge(eventStream(ZONE), eventSubject(addressOf(name), 'any', event));
  expect(await bench.world.pending(name)).toEqual([kept]);
  expect(await reconcile(name)).toMatchObject({
    ...{ accepted: 3, ended: 0, pending: 1, disagreementCount: 2 },
    disagreements: [
      { event: dropped, kind: 'lost', detail: 'there is no record of it, and no message waits' },
      { event: begun, kind: 'lost', detail: 'its record says running, and no message waits' },
    ],
  });
});

test('an event that ended and whose record was dropped by hand is named as lost', async () => {
  const name = await bench.deploy();
  const event = await bench.accept(name);
  await bench.dispatcher.succeed(name, event);
  await purge(recordStream(ZONE), recordSubject(addressOf(name), event));
  expect((await reconcile(name)).disagreements).toMatchObject([{ event, kind: 'lost' }]);
});

test('a dead letter that is gone without having been redriven or purged is named', async () => {
  const name = await bench.deploy();
  const event = await bench.accept(name);
  await bench.dispatcher.die(name, event);
  await purge(deadLetterStream(ZONE), deadLetterSubject(addressOf(name), event));
  expect(await reconcile(name)).toMatchObject({ ended: 1, disagreements: [{ event, kind: 'letter-missing' }] });
});

test('an output that is gone from the object store is named with its place; looking for outputs can be left out', async () => {
  const name = await bench.deploy();
  const events: string[] = [];
  const outputs: string[] = [];
  for (let i = 0; i < 5; i++) {
    events.push(await bench.accept(name));
    outputs.push(await bench.dispatcher.succeed(name, events[i]!));
  }
  const store = openStore({ ...bench.control.minio.endpoint, tls: false });
  for (const i of [0, 2, 4]) await store.remove('outputs', outputBodyObject(outputs[i]!));
  store.close();
  const { disagreements, ended } = await reconcile(name);
  expect(ended).toBe(5);
  expect(disagreements).toEqual(
    [0, 2, 4].map((i) => ({ event: events[i], kind: 'output-missing', detail: `there is no output at ${outputs[i]}` })),
  );
  expect(await reconcile(name, '?outputs=skip')).toMatchObject({ ended: 5, disagreements: [] });
});

test('a record that cannot be read is named', async () => {
  const name = await bench.deploy();
  const event = await bench.accept(name);
  await bench.dispatcher.publish(recordSubject(addressOf(name), event), Buffer.from('{}'));
  expect((await reconcile(name)).disagreements).toMatchObject([{ event, kind: 'unreadable' }]);
});

test('more than a thousand events are compared, while some of them run', async () => {
  const { bench: gateway } = bench.control;
  await gateway.serve({ name: 'busy', events: { concurrency: 20, deadLetters: true } }, (served) => served.answer('x'));
  const accepted = [];
  for (let i = 0; i < 15; i++) {
    accepted.push(...(await Promise.all(Array.from({ length: 100 }, async () => bench.world.accept('/fn/busy/')))));
  }
  const during = await reconcile('busy', '?outputs=skip');
  expect(during).toMatchObject({ accepted: 1_500, disagreements: [] });
  expect(during.ended + during.pending).toBe(1_500);
  for (const { event } of accepted) await bench.world.ended('busy', event);
  expect(await reconcile('busy')).toMatchObject({ accepted: 1_500, ended: 1_500, pending: 0, disagreements: [] });
}, 240_000);

test('all functions that have had events are compared at once', async () => {
  const name = await bench.deploy();
  await bench.accept(name);
  const { json } = await bench.control.ask('GET', '/v1/reconcile?outputs=skip');
  const { functions } = json as { functions: Reconciliation[] };
  expect(functions.find((each) => each.function === name)).toMatchObject({ accepted: 1, pending: 1 });
  expect(functions.map((each) => each.function)).toContain('busy');
});
