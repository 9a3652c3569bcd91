/** What stays of functions that are deleted, or move to another zone: nothing that the server has a bounded number of. */
import { jetstreamManager } from '@nats-io/jetstream';
import { eventStream, queueStream } from '@sovfn/protocol';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DispatchRecords } from '../../src/events/dispatch/dispatch-records.ts';
import { TENANT, ZONE } from '../peers/gateway-bench.ts';
import { type EventStage, startEventStage } from './event-stage.ts';
import type { EventWorld } from './event-world.ts';
import { report, send, untilEmpty } from './queue-world.ts';

const POLL_MS = 50;
const MANY = 50;

let minio: MinioServer;
beforeAll(async () => {
  minio = await startMinio();
});
afterAll(() => minio[Symbol.asyncDispose]());

const start = (): Promise<EventStage> =>
  startEventStage({ store: minio.endpoint, config: { eventAckMs: 1_000, zones: [ZONE] } });
const at = (name: string) => ({ zone: ZONE, tenant: TENANT, function: name });

test.concurrent(
  'functions with events that are deleted, one after the other under the same name or many, leave no consumer behind',
  async () => {
    await using stage = await start();
    const { bench, world } = stage;
    await using dispatch = await openDispatch(world);
    const before = await consumersOf(world);
    const names = Array.from({ length: MANY }, (_, index) => `gone-${index}`);
    await inTurns(names, (name) => bench.deploy({ name }));
    const cell = await bench.serve({
      name: 'queue',
      bindings: { JOBS: { type: 'queue', batchSize: 1, batchWait: '0s' } },
    });
    const accepted = await Promise.all(names.map((name) => untilAccepted(world, name)));
    await send(world, 'queue', 'one');
    report(await cell.calls.next());
    await untilEmpty(world, 'queue');
    // Without a node they wait: their consumers are there.
    while ((await consumersOf(world)).length < before.length + MANY + 1) await delay(POLL_MS);
    await inTurns([...names, 'queue'], (name) => bench.remove(name));
    for (const [index, name] of names.entries()) {
      expect((await world.ended(name, accepted[index]!)).state).toBe('dead-lettered');
    }
    while ((await consumersOf(world)).length > before.length) await delay(POLL_MS);
    expect(await consumersOf(world)).toEqual(before);
    while (dispatch.records.all().length > 0) await delay(POLL_MS);
    const again = await bench.serve({ name: 'gone-0' }, (served) => served.answer('again'));
    const { event } = await world.accept('/fn/gone-0/');
    expect((await world.ended('gone-0', event)).state).toBe('succeeded');
    expect((await again.calls.next()).call.method).toBe('POST');
  },
);

test.concurrent(
  'events of a function that is deleted while they are paused end as dead letters; deployed again, it does not come up paused',
  async () => {
    await using stage = await start();
    const { bench, world } = stage;
    await using dispatch = await openDispatch(world);
    await bench.untilVisible(await bench.deploy({ name: 'back' }));
    await dispatch.records.pause(at('back'));
    const { event } = await world.accept('/fn/back/');
    await bench.remove('back');
    expect(await world.ended('back', event)).toMatchObject({
      state: 'dead-lettered',
      cause: 'another attempt would not help: function-not-found: "back" is not deployed',
    });
    while (dispatch.records.get(at('back')) !== null) await delay(POLL_MS);
    await bench.serve({ name: 'back' }, (served) => served.answer('ran'));
    const again = await world.accept('/fn/back/');
    expect((await world.ended('back', again.event)).state).toBe('succeeded');
  },
);

async function openDispatch(world: EventWorld) {
  const records = await DispatchRecords.open({
    connection: world.connection,
    onInvalid: (key, reason) => {
      throw new Error(`${key}: ${reason}`);
    },
  });
  return {
    records,
    [Symbol.asyncDispose]: () => {
      records.close();
      return Promise.resolve();
    },
  };
}

/** The gateway may not have seen the function yet. */
async function untilAccepted(world: EventWorld, name: string): Promise<string> {
  for (;;) {
    const response = await world.send(`/fn/${name}/`);
    const { event } = (await response.json()) as { event?: string };
    if (response.status === 202) return event!;
    await delay(POLL_MS);
  }
}

const AT_ONCE = 4;

/** A test has no need of more connections. */
async function inTurns(names: readonly string[], act: (name: string) => Promise<unknown>): Promise<void> {
  const left = [...names];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function consumersOf({ connection }: EventWorld): Promise<string[]> {
  const manager = await jetstreamManager(connection);
  const names: string[] = [];
  for (const stream of [eventStream(ZONE), queueStream(ZONE)]) {
    for await (const { name } of manager.consumers.list(stream)) names.push(name);
  }
  return names.toSorted();
}
