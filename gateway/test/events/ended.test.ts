import { randomBytes } from 'node:crypto';
import { endedEventStream, endedEventSubject, EVENT_INLINE_BYTES } from '@sovfn/protocol';
import { type ObjectStore, openStore } from '@sovfn/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bodyObject } from '../../src/events/accept/event-bodies.ts';
import { sweepBodies } from '../../src/events/ended/body-sweep.ts';
import { EventStreams } from '../../src/events/history/event-streams.ts';
import { ZONE } from '../peers/gateway-bench.ts';
import { addressOf, OperatorBench } from './operator.ts';

const BUCKET = 'sovfn-events';
const LARGE = randomBytes(EVENT_INLINE_BYTES + 1_000);
const DAYS_MS = 4 * 86_400_000;

let bench: OperatorBench;
let store: ObjectStore;
beforeAll(async () => {
  bench = await OperatorBench.start();
  store = openStore({ ...bench.control.minio.endpoint, tls: false });
});
afterAll(async () => {
  store.close();
  await bench[Symbol.asyncDispose]();
});

async function sweep(now: number): Promise<string[]> {
  const streams = await EventStreams.open(bench.dispatcher.connection, bench.world.sealed);
  const { ended } = bench.dispatcher;
  const silent = { onSwept: () => undefined, onFailed: () => undefined };
  return sweepBodies({ store, bucket: BUCKET, zones: [ZONE], streams, ended, ...silent }, now);
}

async function isStored(name: string, event: string): Promise<boolean> {
  return (await store.head(BUCKET, bodyObject(addressOf(name), event))) !== null;
}

test('an event that ended is kept once, as it was accepted, however often its end is repeated', async () => {
  const name = await bench.deploy();
  const event = await bench.accept(name, { body: 'bonjour' });
  const { head, body } = await bench.world.event(name, event);
  for (let i = 0; i < 3; i++) await bench.dispatcher.ended.keep(head, body);
  const kept = await bench.dispatcher.ended.read({ ...addressOf(name), event });
  expect(kept).toEqual({ head, body });
  const filter = endedEventSubject(addressOf(name), '*');
  const { state } = await bench.world.streams.streams.info(endedEventStream(ZONE), { subjects_filter: filter });
  expect(state.subjects).toEqual({ [endedEventSubject(addressOf(name), event)]: 1 });
});

test('when there is no more room, the oldest event that ended goes, and none is refused', async () => {
  const config = { ...(await bench.world.streams.streams.info(endedEventStream(ZONE))).config, max_bytes: 3_000_000 };
  await bench.world.streams.streams.update(endedEventStream(ZONE), config);
  const name = await bench.deploy();
  const events: string[] = [];
  for (let i = 0; i < 6; i++) {
    const event = await bench.accept(name, { body: Buffer.alloc(EVENT_INLINE_BYTES) });
    await bench.dispatcher.succeed(name, event);
    events.push(event);
  }
  const kept = await Promise.all(
    events.map(async (event) => bench.dispatcher.ended.read({ ...addressOf(name), event })),
  );
  expect(kept.map((each) => each !== null)).toEqual([false, false, false, true, true, true]);
});

test('a body in the object store stays while its event waits, is dead, or can be run again, and then it goes', async () => {
  const name = await bench.deploy();
  const accept = async (headers = {}) => bench.accept(name, { body: LARGE, headers });
  const [waiting, delayed, dead, ended] = [
    await accept(),
    await accept({ 'sovfn-delay': '10d' }),
    await accept(),
    await accept(),
  ];
  await bench.dispatcher.die(name, dead);
  await bench.dispatcher.succeed(name, ended);
  expect(await sweep(Date.now() + DAYS_MS)).toEqual([]);
  await bench.world.streams.streams.purge(endedEventStream(ZONE), {
    filter: endedEventSubject(addressOf(name), ended),
  });
  expect(await sweep(Date.now())).toEqual([]);
  expect(await sweep(Date.now() + DAYS_MS)).toEqual([bodyObject(addressOf(name), ended)]);
  const left = await Promise.all([waiting, delayed, dead, ended].map(async (event) => isStored(name, event)));
  expect(left).toEqual([true, true, true, false]);
});

test('an object that is no body of an event is never removed', async () => {
  await store.put(BUCKET, `${ZONE}/main/job/notes.txt`, Buffer.from('x'));
  await store.put(BUCKET, 'elsewhere', Buffer.from('x'));
  expect(await sweep(Date.now() + DAYS_MS)).toEqual([]);
  expect(await store.head(BUCKET, `${ZONE}/main/job/notes.txt`)).not.toBeNull();
});
