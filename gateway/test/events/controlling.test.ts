import type { EventState } from '@sovfn/protocol';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DispatchRecords } from '../../src/events/dispatch/dispatch-records.ts';
import { EventRecords } from '../../src/events/dispatch/event-records.ts';
import { EventStops } from '../../src/events/dispatch/event-stops.ts';
import { RunningEvents } from '../../src/events/dispatch/running-events.ts';
import { WaitingEvents } from '../../src/events/dispatch/waiting-events.ts';
import { EndedEvents } from '../../src/events/ended/ended-events.ts';
import { openEventCommits } from '../../src/events/event-commits.ts';
import { GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { EventWorld } from './event-world.ts';

const ENDED_BYTES = 64 * 1024 * 1024;
const QUICK = { attempts: 3, minDelay: '10ms', maxDelay: '10ms', rules: [] };

let minio: MinioServer;
let bench: GatewayBench;
let world: EventWorld;
let dispatch: DispatchRecords;
let stops: EventStops;
/** Events whose callbacks were enqueued. */
const told: string[] = [];
const parts = new AsyncDisposableStack();
beforeAll(async () => {
  minio = parts.use(await startMinio());
  bench = parts.use(await GatewayBench.start({ store: minio.endpoint }));
  world = parts.use(await EventWorld.open(bench));
  const { connection } = world;
  dispatch = parts.adopt(await DispatchRecords.open({ connection, onInvalid: fail }), (open) => open.close());
  stops = parts.adopt(await openStops(), (open) => open.close());
});
afterAll(() => parts.disposeAsync());

const at = (name: string) => ({ zone: ZONE, tenant: TENANT, function: name });
const cancel = async (name: string, event: string): Promise<EventState> => stops.cancel(at(name), event);

test('an event that is delayed can be cancelled: it ends so and is never called', async () => {
  const cell = await bench.serve({ name: 'delayed' }, (served) => served.answer('ran'));
  const { event } = await world.accept('/fn/delayed/', { headers: { 'sovfn-delay': '1h' } });
  expect(await cancel('delayed', event)).toBe('cancelled');
  expect(await world.ended('delayed', event)).toMatchObject({ state: 'cancelled', attempts: [] });
  expect(await world.pending('delayed')).toEqual([]);
  expect(cell.calls.drain()).toEqual([]);
  expect(await cancel('delayed', event)).toBe('cancelled');
});

test('an event that runs can be cancelled: its call is ended, and no attempt follows', async () => {
  const cell = await bench.serve({ name: 'running', retry: QUICK });
  const { event } = await world.accept('/fn/running/');
  const served = await cell.calls.next();
  served.taken();
  expect(await cancel('running', event)).toBe('cancelled');
  expect((await served.frames.next()).kind).toBe('cancel');
  expect(await world.ended('running', event)).toMatchObject({ state: 'cancelled', cause: 'cancelled while it ran' });
  await world.untilGone('running', event);
  expect(cell.calls.drain()).toEqual([]);
});

test('an event that waits for its next attempt can be cancelled', async () => {
  const retry = { ...QUICK, minDelay: '1h', maxDelay: '1h' };
  await bench.serve({ name: 'between', retry }, (served) => served.fail('exception'));
  const { event } = await world.accept('/fn/between/');
  await world.untilRecord('between', event, ({ state }) => state === 'waiting');
  expect(await cancel('between', event)).toBe('cancelled');
  expect(await world.ended('between', event)).toMatchObject({ attempts: [{ attempt: 1, outcome: 'exception' }] });
  expect(await world.pending('between')).toEqual([]);
});

test('the callback of an event that is cancelled while it waits is sent like any other', async () => {
  const egress = ['https://receiver.example'];
  const retry = { ...QUICK, minDelay: '1h', maxDelay: '1h' };
  await bench.serve({ name: 'told', egress, retry }, (served) => served.fail('exception'));
  const headers = { 'sovfn-callback': 'https://receiver.example/done' };
  const delayed = await world.accept('/fn/told/?sovfn-delay=1h', { headers });
  const between = await world.accept('/fn/told/', { headers });
  await world.untilRecord('told', between.event, ({ state }) => state === 'waiting');
  for (const { event } of [delayed, between]) await cancel('told', event);
  expect(told).toEqual([delayed.event, between.event]);
});

test('an event that has ended stays as it ended, and one that never was is not found', async () => {
  await bench.serve({ name: 'over' }, (served) => served.answer('ok'));
  const { event } = await world.accept('/fn/over/');
  await world.ended('over', event);
  expect(await cancel('over', event)).toBe('succeeded');
  await expect(cancel('over', '01jdxq0000000000000000test')).rejects.toMatchObject({ code: 'event-not-found' });
});

test('while a function is paused its events are accepted and none begins; resumed, all run', async () => {
  const cell = await bench.serve({ name: 'paused' }, (served) => served.answer('ok'));
  await dispatch.pause(at('paused'));
  const accepted = await Promise.all(Array.from({ length: 3 }, async () => world.accept('/fn/paused/')));
  await bench.serve({ name: 'other' }, (served) => served.answer('ok'));
  await world.ended('other', (await world.accept('/fn/other/')).event);
  expect(cell.calls.drain()).toEqual([]);
  expect(await world.pending('paused')).toHaveLength(3);
  await dispatch.resume(at('paused'));
  for (const { event } of accepted) expect((await world.ended('paused', event)).state).toBe('succeeded');
});

test('events with the same key run one after the other in their order, also over retries; other keys do not wait', async () => {
  const cell = await bench.serve({ name: 'keys', retry: QUICK });
  const send = async (key: string, body: string) =>
    (await world.accept('/fn/keys/', { body, headers: { 'sovfn-ordering-key': key } })).event;
  const events = [await send('a', 'a1'), await send('a', 'a2'), await send('b', 'b1'), await send('a', 'a3')];
  const first = [await cell.calls.next(), await cell.calls.next()];
  const [a1, b1] = first.toSorted((x, y) => (bodyOf(x) < bodyOf(y) ? -1 : 1)) as [ServedCall, ServedCall];
  expect([bodyOf(a1), bodyOf(b1)]).toEqual(['a1', 'b1']);
  a1.fail('exception');
  const again = await cell.calls.next();
  expect(bodyOf(again)).toBe('a1');
  b1.answer('ok');
  again.answer('ok');
  for (const wanted of ['a2', 'a3']) {
    const next = await cell.calls.next();
    expect([bodyOf(next), cell.calls.size]).toEqual([wanted, 0]);
    next.answer('ok');
  }
  for (const event of events) expect((await world.ended('keys', event)).state).toBe('succeeded');
});

test('two gateways share the events of a function, and one that stops loses none', async () => {
  const version = await bench.deploy({ name: 'shared', events: { concurrency: 4, deadLetters: true } });
  const cell = await bench.cell('c-shared');
  await cell.serve(version);
  await bench.untilVisible(version);
  const second = await bench.startSecondGateway();
  const accepted = await Promise.all(Array.from({ length: 4 }, async () => world.accept('/fn/shared/')));
  const calls = [];
  for (let i = 0; i < 4; i++) calls.push(await cell.calls.next());
  for (const call of calls) call.taken();
  const stopped = second[Symbol.asyncDispose]();
  for (const call of calls) call.answer('ok');
  await stopped;
  for (const { event } of accepted) expect((await world.ended('shared', event)).state).toBe('succeeded');
});

test('a function with a rate begins no more events in a second than that', async () => {
  const events = { concurrency: 100, ratePerSecond: 10, deadLetters: true };
  const startedAt: number[] = [];
  await bench.serve({ name: 'paced', events }, (served) => {
    startedAt.push(performance.now());
    served.answer('ok');
  });
  const accepted = await Promise.all(Array.from({ length: 12 }, async () => world.accept('/fn/paced/')));
  for (const { event } of accepted) await world.ended('paced', event);
  // A machine that is slow can only make it slower.
  expect(startedAt.at(-1)! - startedAt[0]!).toBeGreaterThan(1_000);
});

function bodyOf({ call }: ServedCall): string {
  return Buffer.from(call.body).toString();
}

function fail(key: string, reason: string): never {
  throw new Error(`${key}: ${reason}`);
}

async function openStops(): Promise<EventStops> {
  const { connection } = world;
  const { credential, accountSeed } = await bench.gatewayCredential('gw-7');
  const secrets = { bus: credential, accountSeed, storeSecretKey: '' };
  const config = { ...bench.config, id: 'gw-7' };
  const commits = await openEventCommits({ config, secrets, log: () => undefined, parts });
  const records = await EventRecords.open(connection, commits.records, world.sealed);
  const waiting = await WaitingEvents.open(connection, world.sealed);
  const ended = await EndedEvents.open({
    connection,
    commits: commits.ended,
    zones: [ZONE],
    sealed: world.sealed,
    maxBytes: ENDED_BYTES,
  });
  return EventStops.open({
    ...{ connection, zones: [ZONE], running: new RunningEvents(), records, waiting, ended },
    enqueueCallback: async ({ id }) => void told.push(id),
    onCancelled: () => undefined,
  });
}
