/** Messages of the streams that no gateway can read. */
import { jetstream } from '@nats-io/jetstream';
import {
  deadLetterStream,
  deadLetterSubject,
  decodeDeadLetter,
  encodeDeadLetter,
  encodeEvent,
  eventHeadSchema,
  eventSubject,
  PROTOCOL_VERSION,
  queueSubject,
} from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench } from '../control/control-bench.ts';
import { TENANT, ZONE } from '../peers/gateway-bench.ts';
import { EventWorld } from './event-world.ts';

const GARBAGE = Buffer.from([0, 1, 2, 3, 254, 255]);
const POLL_MS = 50;

let control: ControlBench;
let world: EventWorld;
beforeAll(async () => {
  control = await ControlBench.start({ eventAckMs: 1_000 });
  world = await EventWorld.open(control.bench);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
});

const at = (name: string) => ({ zone: ZONE, tenant: TENANT, function: name });

test('a message that cannot be read ends as a dead letter with its bytes; it is logged and counted once, and those behind it run', async () => {
  const { bench } = control;
  const binding = { type: 'queue', batchSize: 1, batchWait: '0s' } as const;
  await bench.serve({ name: 'odd', bindings: { JOBS: binding } }, (served) => served.answer('fine'));
  const first = await world.accept('/fn/odd/', { headers: { 'sovfn-ordering-key': 'k' } });
  await world.ended('odd', first.event);
  await world.ended('odd', (await world.accept('/fn/odd/')).event);
  bench.drainEvents();
  const named = '01k2v5w8q9xr3t7yb4n6m0zc1d';
  const publish = (subject: string) => jetstream(world.connection).publish(subject, GARBAGE);
  await publish(eventSubject(at('odd'), 'any', named));
  await publish(eventSubject(at('odd'), 'ordered', 'no-id'));
  await publish(queueSubject(at('odd'), 'neither'));
  const behind = await world.accept('/fn/odd/', { headers: { 'sovfn-ordering-key': 'k' } });
  while ((await letters('odd')).length < 3) await delay(POLL_MS);
  expect((await world.ended('odd', behind.event)).state).toBe('succeeded');
  expect(await world.ended('odd', named)).toMatchObject({ state: 'dead-lettered', letter: 'kept', attempts: [] });
  for (const { event, cause, bytes } of await letters('odd')) {
    expect([bytes, cause]).toEqual([GARBAGE.length, expect.stringMatching(/^the message on \S+ cannot be read: /)]);
    const subject = deadLetterSubject(at('odd'), event);
    const message = await world.streams.streams.getMessage(deadLetterStream(ZONE), { last_by_subj: subject });
    expect(decodeDeadLetter(await world.sealed.open(subject, message!.data)).body).toEqual(GARBAGE);
  }
  expect((await letters('odd')).map(({ trigger }) => trigger).toSorted()).toEqual(['async', 'async', 'queue']);
  expect(bench.drainEvents().filter((name) => name === 'event-unreadable')).toHaveLength(3);
  const text = await (await control.send('GET', '/metrics')).text();
  expect(text).toContain(`sovfn_events_unreadable_total{tenant="${TENANT}",function="odd"} 3`);
  const again = await control.ask('POST', `/v1/dead-letters/${named}/redrive`);
  expect([again.status, again.json]).toEqual([
    410,
    expect.objectContaining({
      code: 'event-not-kept',
      detail: expect.stringMatching(/^what event \S+ asked for cannot be read: an event cannot be read: ./) as string,
    }),
  ]);
  expect((await control.ask('DELETE', `/v1/dead-letters/${named}`)).status).toBe(200);
  expect(await letters('odd')).toHaveLength(2);
  await world.untilGone('odd', named);
});

test('a letter whose message can be read by now is redriven, unless the message is of another event', async () => {
  const cell = await control.bench.serve({ name: 'later' }, (served) => served.answer('fine'));
  const [own, other] = ['01k2v5w8q9xr3t7yb4n6m0zc2d', '01k2v5w8q9xr3t7yb4n6m0zc3d'];
  await putUnreadable('later', { letter: own, message: own });
  await putUnreadable('later', { letter: other, message: own });
  const refused = await control.ask('POST', `/v1/dead-letters/${other}/redrive`);
  expect([refused.status, (refused.json as { code: string }).code]).toEqual([410, 'event-not-kept']);
  expect((await control.ask('POST', `/v1/dead-letters/${own}/redrive`)).status).toBe(200);
  const { call } = await cell.calls.next();
  expect([call.method, call.body.toString()]).toEqual(['PUT', 'kept']);
  expect((await letters('later')).map(({ event }) => event)).toEqual([other]);
});

/** A letter as of a message that the gateway which buried it could not read. */
async function putUnreadable(name: string, ids: { readonly letter: string; readonly message: string }): Promise<void> {
  const now = new Date().toISOString();
  const facts = { v: PROTOCOL_VERSION, ...at(name), trigger: 'async', acceptedAt: now, headers: '' };
  const head = eventHeadSchema.parse({ ...facts, id: ids.message, method: 'PUT', url: `/fn/${name}/` });
  const event = eventHeadSchema.parse({ ...facts, id: ids.letter, method: '', url: '' });
  const message = await world.sealed.seal(
    eventSubject(at(name), 'any', ids.message),
    encodeEvent(head, Buffer.from('kept')),
  );
  const died = { diedAt: now, cause: 'cannot be read', lastResponse: null, attempts: [], redrive: null };
  const letter = encodeDeadLetter({ v: PROTOCOL_VERSION, event, ...died, isUnreadable: true }, message);
  const subject = deadLetterSubject(at(name), ids.letter);
  await jetstream(world.connection).publish(subject, await world.sealed.seal(subject, letter));
}

interface ListedLetter {
  readonly event: string;
  readonly cause: string;
  readonly bytes: number;
  readonly trigger: string;
}

async function letters(name: string): Promise<ListedLetter[]> {
  const { json } = await control.ask('GET', `/v1/functions/${name}/dead-letters`);
  return (json as { letters: ListedLetter[] }).letters;
}
