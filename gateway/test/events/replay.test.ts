import { bodyObject } from '../../src/events/accept/event-bodies.ts';
import {
  encodeEvent,
  EVENT_INLINE_BYTES,
  endedEventStream,
  endedEventSubject,
  eventHeadSchema,
  invocationTime,
  makeInvocationIds,
  queueStream,
  queueSubject,
} from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ZONE } from '../peers/gateway-bench.ts';
import { addressOf, OperatorBench } from './operator.ts';

let bench: OperatorBench;
beforeAll(async () => {
  bench = await OperatorBench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

const newKey = makeInvocationIds((size) => randomBytes(size));

interface ManyAnswer {
  readonly replayed: readonly { readonly event: string; readonly replay: string }[];
  readonly skipped: readonly { readonly event: string; readonly code: string }[];
  readonly next: string | null;
}

async function replay(event: string, key = newKey()): Promise<string> {
  const { status, json } = await bench.control.ask('POST', `/v1/events/${event}/replay`, { body: { v: 1, key } });
  expect(status).toBe(200);
  return (json as { replay: string }).replay;
}

async function replayMany(name: string, asked: object): Promise<ManyAnswer> {
  const anything = { states: null, trigger: null, source: null, before: null };
  const range = { from: new Date(0).toISOString(), to: new Date(Date.now() + 1).toISOString() };
  const body = { v: 1, key: newKey(), ...anything, ...range, ...asked };
  const { status, json } = await bench.control.ask('POST', `/v1/functions/${name}/events/replay`, { body });
  expect(status).toBe(200);
  return json as ManyAnswer;
}

test('an event that succeeded is run again as it was asked for, as a new event that names it', async () => {
  const name = await bench.deploy();
  const headers = { 'x-own': 'yes', 'sovfn-ordering-key': 'k', authorization: 'Bearer own' };
  const { event } = await bench.world.accept(`/fn/${name}/a?b=1`, { method: 'PUT', body: 'hello', headers });
  await bench.dispatcher.succeed(name, event);
  expect(await bench.world.pending(name)).toEqual([]);
  const again = await replay(event);
  expect(await bench.world.pending(name)).toEqual([again]);
  const { head, body } = await bench.world.event(name, again);
  expect(head).toMatchObject({ trigger: 'async', method: 'PUT', replayOf: event, attempt: 1, orderingKey: 'k' });
  expect(head.url).toBe(`${bench.control.bench.url}/a?b=1`);
  expect(head.headers).toContain('authorization\nBearer own\n');
  expect(body.toString()).toBe('hello');
  expect((await bench.control.ask('GET', `/v1/events/${again}`)).json).toMatchObject({ replayOf: event });
});

test('the same key runs an event again once, at the same time and later; another key once more', async () => {
  const name = await bench.deploy();
  const event = await bench.accept(name, { body: 'x' });
  await bench.dispatcher.succeed(name, event);
  const key = newKey();
  const together = await Promise.all(Array.from({ length: 8 }, async () => replay(event, key)));
  const later = await replay(event, key);
  expect(new Set([...together, later]).size).toBe(1);
  const other = await replay(event);
  expect(await bench.world.pending(name)).toEqual([later, other].toSorted());
});

test('a key that was not made lately is refused', async () => {
  const name = await bench.deploy();
  const event = await bench.accept(name);
  const longAgo = makeInvocationIds(
    (size) => randomBytes(size),
    () => Date.now() - 73 * 3_600_000,
  )();
  const body = { v: 1, key: longAgo };
  const refused = await bench.control.refused('POST', `/v1/events/${event}/replay`, { body });
  expect(refused).toMatchObject({ status: 400, code: 'bad-request' });
});

test('a pending event, a dead letter and a delayed one can be run again, too', async () => {
  const name = await bench.deploy();
  const [pending, dead] = [await bench.accept(name, { body: 'p' }), await bench.accept(name, { body: 'd' })];
  const delayed = await bench.accept(name, { body: 'l', headers: { 'sovfn-delay': '1h' } });
  await bench.dispatcher.die(name, dead);
  for (const [event, body] of [
    [pending, 'p'],
    [dead, 'd'],
    [delayed, 'l'],
  ] as const) {
    const again = await bench.world.event(name, await replay(event));
    expect([again.head.replayOf, again.body.toString()]).toEqual([event, body]);
  }
});

test('an event whose request is not kept any more is not run again, and that is said', async () => {
  const name = await bench.deploy();
  const event = await bench.accept(name);
  await bench.dispatcher.succeed(name, event);
  const filter = endedEventSubject(addressOf(name), event);
  await bench.world.streams.streams.purge(endedEventStream(ZONE), { filter });
  const refused = await bench.control.refused('POST', `/v1/events/${event}/replay`, { body: { v: 1, key: newKey() } });
  expect(refused).toMatchObject({ status: 410, code: 'event-not-kept' });
  expect((await bench.control.ask('GET', `/v1/events/${event}`)).json).toMatchObject({
    state: 'succeeded',
    request: null,
  });
});

test('a body in the object store is copied for the new event, and stays that of the first', async () => {
  const name = await bench.deploy();
  const large = randomBytes(EVENT_INLINE_BYTES + 100_000);
  const event = await bench.accept(name, { body: large });
  await bench.dispatcher.succeed(name, event);
  const key = newKey();
  const again = await replay(event, key);
  expect(await replay(event, key)).toBe(again);
  const { head } = await bench.world.event(name, again);
  expect(head.bodyReference).toMatchObject({ object: bodyObject(addressOf(name), again), bytes: large.length });
  const store = openStore({ ...bench.control.minio.endpoint, tls: false });
  for (const id of [event, again]) {
    const bytes = await bench.world.storedBody(store, bodyObject(addressOf(name), id), large);
    expect(bytes.equals(large)).toBe(true);
  }
  store.close();
});

test('a message of a queue is run again through its queue, once for each key', async () => {
  const name = await bench.deploy();
  const id = newKey();
  const queue = { binding: 'JOBS', contentType: 'text' } as const;
  const head = eventHeadSchema.parse({
    ...{ v: 1, id, trigger: 'queue', ...addressOf(name), method: 'POST', url: 'queue:JOBS', headers: '', queue },
    acceptedAt: new Date().toISOString(),
  });
  await bench.dispatcher.publish(queueSubject(addressOf(name), id), encodeEvent(head, Buffer.from('job')));
  const key = newKey();
  const again = await replay(id, key);
  expect(await replay(id, key)).toBe(again);
  expect(invocationTime(again)).toBe(invocationTime(key));
  const { state } = await bench.world.streams.streams.info(queueStream(ZONE), {
    subjects_filter: `que.fr.main.${name}.*`,
  });
  expect(Object.keys(state.subjects!).toSorted()).toEqual(
    [id, again].map((each) => queueSubject(addressOf(name), each)).toSorted(),
  );
});

test('events of a time range are run again page by page; what is asked twice is run again once', async () => {
  const name = await bench.deploy();
  const accepted = await Promise.all(Array.from({ length: 130 }, async () => bench.accept(name, { body: 'x' })));
  await Promise.all(accepted.map(async (event) => bench.dispatcher.succeed(name, event)));
  const pending = await bench.accept(name);
  const lost = accepted.toSorted()[3]!;
  await bench.world.streams.streams.purge(endedEventStream(ZONE), { filter: endedEventSubject(addressOf(name), lost) });
  const asked = { key: newKey(), to: new Date(Date.now() + 1).toISOString() };
  const first = await replayMany(name, asked);
  expect(first.replayed).toHaveLength(100);
  const second = await replayMany(name, { ...asked, before: first.next });
  expect(second).toMatchObject({ skipped: [{ event: lost, code: 'event-not-kept' }], next: null });
  const replayed = [...first.replayed, ...second.replayed];
  expect(replayed.map(({ event }) => event)).toEqual(
    accepted
      .filter((id) => id !== lost)
      .toSorted()
      .toReversed(),
  );
  expect(await replayMany(name, asked)).toEqual(first);
  expect(await bench.world.pending(name)).toEqual([pending, ...replayed.map((each) => each.replay)].toSorted());
});

test('only events in the states, of the kind and of the time that were asked for are run again', async () => {
  const name = await bench.deploy();
  const early = await bench.accept(name);
  const from = await untilNextMillisecond();
  const [dead, ended] = [await bench.accept(name), await bench.accept(name)];
  await bench.dispatcher.succeed(name, early);
  await bench.dispatcher.die(name, dead);
  await bench.dispatcher.succeed(name, ended);
  const eventsOf = ({ replayed }: ManyAnswer) => replayed.map(({ event }) => event);
  const to = await untilNextMillisecond();
  expect(eventsOf(await replayMany(name, { states: ['dead-lettered'], to }))).toEqual([dead]);
  expect(eventsOf(await replayMany(name, { from, to }))).toEqual([ended, dead]);
  expect(eventsOf(await replayMany(name, { trigger: 'webhook', to }))).toEqual([]);
});

test('nothing is run again of a function that is not deployed, or that has moved to another zone', async () => {
  const name = await bench.deploy();
  const event = await bench.accept(name);
  await bench.dispatcher.succeed(name, event);
  await bench.control.bench.remove(name);
  const refused = await bench.control.refused('POST', `/v1/events/${event}/replay`, { body: { v: 1, key: newKey() } });
  expect(refused).toMatchObject({ status: 404, code: 'function-not-found' });
  await bench.control.bench.untilVisible(await bench.control.bench.deploy({ name, residency: 'be' }));
  const moved = await bench.control.refused('POST', `/v1/events/${event}/replay`, { body: { v: 1, key: newKey() } });
  expect(moved).toMatchObject({ status: 503, code: 'residency-unsatisfied' });
});

test('what the dispatcher has run, and what was cancelled, can be run again', async () => {
  const { bench: gateway } = bench.control;
  await gateway.serve({ name: 'served' }, (served) => served.answer(served.call.body.toString()));
  const { event } = await bench.world.accept('/fn/served/', { body: 'twice' });
  expect(await bench.world.ended('served', event)).toMatchObject({ state: 'succeeded' });
  const again = await replay(event);
  expect(await bench.world.ended('served', again)).toMatchObject({ state: 'succeeded', replayOf: event });
  const delayed = await bench.world.accept('/fn/served/', { body: 'later', headers: { 'sovfn-delay': '1h' } });
  expect(await bench.cancel(delayed.event)).toBe('cancelled');
  expect(await bench.world.ended('served', await replay(delayed.event))).toMatchObject({
    bytes: 5,
    state: 'succeeded',
  });
});

async function untilNextMillisecond(): Promise<string> {
  const now = Date.now();
  while (Date.now() === now) await new Promise(setImmediate);
  return new Date().toISOString();
}
