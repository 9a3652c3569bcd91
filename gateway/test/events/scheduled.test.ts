/** What the function of a schedule's event is called with, and what follows when it declines another attempt. */
import {
  decodeScheduledCall,
  encodeEvent,
  type EventHead,
  eventHeadSchema,
  eventStream,
  eventSubject,
  makeInvocationIds,
  NOTHING_REPORTED,
  scheduleSchema,
} from '@sovfn/protocol';
import { jetstream } from '@nats-io/jetstream';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DispatchRecords } from '../../src/events/dispatch/dispatch-records.ts';
import { GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';
import { EventWorld } from './event-world.ts';

const RETRY = { attempts: 3, minDelay: '10ms', maxDelay: '10ms', rules: [] };
const TICK = { name: 'nightly', cron: '30 2 * * *', scheduledAt: '2026-10-25T00:30:00.000Z', cause: 'tick' } as const;
const nextId = makeInvocationIds((size) => crypto.getRandomValues(new Uint8Array(size)));

let minio: MinioServer;
let bench: GatewayBench;
let world: EventWorld;
let dispatch: DispatchRecords;
const parts = new AsyncDisposableStack();
beforeAll(async () => {
  minio = parts.use(await startMinio());
  bench = parts.use(await GatewayBench.start({ store: minio.endpoint }));
  world = parts.use(await EventWorld.open(bench));
  const onInvalid = (key: string, reason: string): never => {
    throw new Error(`${key}: ${reason}`);
  };
  dispatch = parts.adopt(await DispatchRecords.open({ connection: world.connection, onInvalid }), (open) =>
    open.close(),
  );
});
afterAll(() => parts.disposeAsync());

/** Stores a tick's event as the part that follows schedules does. Returns its id. */
async function storeTick(name: string): Promise<string> {
  const of = { zone: ZONE, tenant: TENANT, function: name };
  await dispatch.ensureLane(of, 'any');
  const id = nextId();
  const facts = { v: 1, id, trigger: 'schedule', ...of, acceptedAt: new Date().toISOString() } as const;
  const head: EventHead = eventHeadSchema.parse({
    ...facts,
    method: 'POST',
    url: 'schedule:nightly',
    headers: '',
    schedule: TICK,
  });
  await jetstream(world.connection).publish(eventSubject(of, 'any', id), encodeEvent(head, Buffer.alloc(0)), {
    expect: { streamName: eventStream(ZONE) },
  });
  return id;
}

test('each attempt of a tick says which tick of which schedule it is, and which attempt', async () => {
  const cell = await bench.serve({ name: 'ticked', retry: RETRY }, (served) => {
    if (decodeScheduledCall(served.call.body).attempt === 1) served.fail('exception');
    else served.answer('', { status: 204 });
  });
  const event = await storeTick('ticked');
  expect(await world.ended('ticked', event)).toMatchObject({
    state: 'succeeded',
    trigger: 'schedule',
    source: 'nightly',
  });
  const calls = [await cell.calls.next(), await cell.calls.next()].map(({ call }) => call);
  expect(calls.map(({ trigger, url }) => [trigger, url])).toEqual(new Array(2).fill(['schedule', 'schedule:nightly']));
  const scheduledTime = Date.parse(TICK.scheduledAt);
  expect(calls.map(({ body }) => decodeScheduledCall(body))).toEqual(
    [1, 2].map((attempt) => ({ scheduledTime, cron: TICK.cron, name: 'nightly', attempt })),
  );
});

test('a tick whose handler fails and declines another attempt is a dead letter after the first', async () => {
  const cell = await bench.serve({ name: 'declined', retry: RETRY }, (served) =>
    served.fail(
      'exception',
      { message: 'no such table', errorName: 'TypeError' },
      { ...NOTHING_REPORTED, isFinal: true },
    ),
  );
  const event = await storeTick('declined');
  expect(await world.ended('declined', event)).toMatchObject({
    state: 'dead-lettered',
    cause: 'the function wants no other attempt: exception: TypeError: no such table',
    attempts: [{ attempt: 1 }],
  });
  await cell.calls.next();
  expect(cell.calls.drain()).toEqual([]);
});

test('a schedule may have rules of its own for what follows when its run fails', async () => {
  const own = { attempts: 1, minDelay: '10ms', maxDelay: '10ms', rules: [] };
  const schedules = [scheduleSchema.parse({ name: TICK.name, cron: '0 0 1 6 *', retry: own })];
  await bench.serve({ name: 'own-rules', retry: RETRY, schedules }, (served) => served.answer('', { status: 503 }));
  const record = await world.ended('own-rules', await storeTick('own-rules'));
  expect([record.state, record.attempts.length]).toEqual(['dead-lettered', 1]);
});
