/** Messages of the streams that no gateway can read. */
import { jetstream } from '@nats-io/jetstream';
import { deadLetterStream, deadLetterSubject, decodeDeadLetter, eventSubject, queueSubject } from '@sovfn/protocol';
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
  expect([again.status, (again.json as { code: string }).code]).toEqual([410, 'event-not-kept']);
  expect((await control.ask('DELETE', `/v1/dead-letters/${named}`)).status).toBe(200);
  expect(await letters('odd')).toHaveLength(2);
  await world.untilGone('odd', named);
});

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
