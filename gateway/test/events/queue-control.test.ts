/** Messages of queues under the operator's hand: listed, cancelled, paused, redriven. */
import { connectBus } from '@sovfn/bus';
import {
  deadLetterStream,
  deadLetterSubject,
  inboxPrefix,
  queueRoomSubject,
  queueStream,
  queueSubject,
} from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench } from '../control/control-bench.ts';
import { type GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';
import { EventWorld } from './event-world.ts';
import { addressOf, batchOf, bodiesOf, positionsOf, report, send, untilEmpty, waiting } from './queue-world.ts';

const QUICK = { attempts: 2, minDelay: '10ms', maxDelay: '10ms', rules: [] };
const LATER = { ...QUICK, minDelay: '1h', maxDelay: '1h' };

let control: ControlBench;
let bench: GatewayBench;
let world: EventWorld;
const parts = new AsyncDisposableStack();
beforeAll(async () => {
  control = parts.use(await ControlBench.start());
  ({ bench } = control);
  world = parts.use(await EventWorld.open(bench));
});
afterAll(() => parts.disposeAsync());

const jobs = (batchSize: number, batchWait = '60s') => ({ type: 'queue', batchSize, batchWait }) as const;

async function cancel(event: string): Promise<string> {
  return ((await control.ask('POST', `/v1/events/${event}/cancel`)).json as { state: string }).state;
}

const order = (name: string, what: 'pause' | 'resume') => control.ask('POST', `/v1/functions/${name}/events/${what}`);

test('a message that waits for its next attempt can be cancelled, and never comes again', async () => {
  const cell = await bench.serve({ name: 'waits', bindings: { JOBS: jobs(1) }, retry: LATER });
  const id = await send(world, 'waits', 'a');
  report(await cell.calls.next(), { retried: [{ position: 0, delaySeconds: null }] });
  await world.untilRecord('waits', id, ({ state }) => state === 'waiting');
  expect(await cancel(id)).toBe('cancelled');
  expect(await world.ended('waits', id)).toMatchObject({ state: 'cancelled', attempts: [{ attempt: 1 }] });
  await untilEmpty(world, 'waits');
});

test('of a batch that runs one message can be cancelled: it ends so, and the call goes on for the others', async () => {
  const cell = await bench.serve({ name: 'partly', bindings: { JOBS: jobs(2) }, retry: QUICK });
  const [a, b] = await Promise.all(['a', 'b'].map((body) => send(world, 'partly', body)));
  const served = await cell.calls.next();
  served.taken();
  expect(await cancel(a!)).toBe('cancelled');
  expect(served.frames.drain()).toEqual([]);
  report(served, { retried: [{ position: positionsOf(served, 'a')[0]!, delaySeconds: 0 }] });
  expect((await world.ended('partly', b!)).state).toBe('succeeded');
  expect((await world.ended('partly', a!)).state).toBe('cancelled');
  await untilEmpty(world, 'partly');
  expect(cell.calls.drain()).toEqual([]);
});

test('when every message of a batch is cancelled its call is ended', async () => {
  const cell = await bench.serve({ name: 'wholly', bindings: { JOBS: jobs(2) } });
  const ids = await Promise.all(['a', 'b'].map((body) => send(world, 'wholly', body)));
  const served = await cell.calls.next();
  served.taken();
  for (const id of ids) expect(await cancel(id)).toBe('cancelled');
  expect((await served.frames.next()).kind).toBe('cancel');
  await untilEmpty(world, 'wholly');
});

test('while a function is paused none of its messages runs; a waiting one can be cancelled; resumed, the others run', async () => {
  const cell = await bench.serve({ name: 'halted', bindings: { JOBS: jobs(2, '50ms') } }, (served) => report(served));
  await order('halted', 'pause');
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((body) => send(world, 'halted', body)));
  await bench.serve({ name: 'goes-on', bindings: { JOBS: jobs(1) } }, (served) => report(served));
  await world.ended('goes-on', await send(world, 'goes-on', 'x'));
  expect(cell.calls.drain()).toEqual([]);
  expect(await cancel(b!)).toBe('cancelled');
  expect(await waiting(world, 'halted')).toEqual([a, c].toSorted());
  await order('halted', 'resume');
  for (const id of [a!, c!]) expect((await world.ended('halted', id)).state).toBe('succeeded');
  expect(cell.calls.drain().flatMap(bodiesOf).toSorted()).toEqual(['a', 'c']);
});

test('messages are listed and shown beside other events', async () => {
  await bench.serve({ name: 'listed', bindings: { JOBS: jobs(1) } }, (served) => report(served));
  const id = await send(world, 'listed', 'a');
  await world.ended('listed', id);
  const { json } = await control.ask('GET', '/v1/functions/listed/events');
  expect(json).toMatchObject({
    events: [{ event: id, trigger: 'queue', source: 'JOBS', state: 'succeeded', attempts: 1 }],
  });
  expect((await control.ask('GET', `/v1/events/${id}`)).json).toMatchObject({ event: id, attempts: [{ status: 200 }] });
});

test('a dead message that is redriven comes to the handler once more, as a new message', async () => {
  let isMended = false;
  const cell = await bench.serve({ name: 'mended', bindings: { JOBS: jobs(1) }, retry: QUICK }, (served) => {
    if (isMended) report(served);
    else served.fail('exception', { message: 'no paper' });
  });
  const id = await send(world, 'mended', 'label');
  expect((await world.ended('mended', id)).state).toBe('dead-lettered');
  isMended = true;
  cell.calls.drain();
  const { status, json } = await control.ask('POST', `/v1/dead-letters/${id}/redrive`);
  const { replay } = json as { replay: string };
  expect([status, replay === id]).toEqual([200, false]);
  expect(await world.ended('mended', replay)).toMatchObject({ state: 'succeeded', trigger: 'queue', replayOf: id });
  const again = await cell.calls.next();
  expect([bodiesOf(again), batchOf(again).messages[0]?.attempts]).toEqual([['label'], 1]);
});

test('messages of queues are reconciled: accepted are those that ended and those that wait; one that was dropped by hand is named', async () => {
  const cell = await bench.serve({
    name: 'books',
    bindings: { JOBS: jobs(1, '0ms') },
    retry: { ...QUICK, attempts: 1 },
  });
  const done = await send(world, 'books', 'done');
  report(await cell.calls.next());
  await world.ended('books', done);
  const dead = await send(world, 'books', 'dead');
  report(await cell.calls.next(), { retried: [{ position: 0, delaySeconds: null }] });
  expect((await world.ended('books', dead)).state).toBe('dead-lettered');
  await order('books', 'pause');
  await send(world, 'books', 'waits');
  const dropped = await send(world, 'books', 'dropped');
  const reconcile = async () => (await control.ask('GET', '/v1/functions/books/reconcile')).json;
  const counts = { accepted: 4, ended: 2, pending: 2, disagreements: [] };
  expect(await reconcile()).toMatchObject({ functions: [counts] });
  await world.streams.streams.purge(queueStream(ZONE), { filter: queueSubject(addressOf('books'), dropped) });
  const lost = { event: dropped, kind: 'lost' };
  expect(await reconcile()).toMatchObject({
    functions: [{ accepted: 4, ended: 2, pending: 1, disagreements: [lost] }],
  });
  await order('books', 'resume');
  await world.streams.streams.purge(deadLetterStream(ZONE), { filter: deadLetterSubject(addressOf('books'), dead) });
  const missing = { event: dead, kind: 'letter-missing' };
  expect(await reconcile()).toMatchObject({
    functions: [{ disagreements: expect.arrayContaining([expect.objectContaining(missing)]) as unknown }],
  });
});

test('a node that asks is told how many messages of a function wait, delayed ones included, and how many may', async () => {
  await bench.serve({ name: 'asked', bindings: { JOBS: jobs(1) } });
  await order('asked', 'pause');
  for (const body of ['a', 'b']) await send(world, 'asked', body);
  const credential = await bench.supervisorCredential('node-7');
  const inbox = `${inboxPrefix('node')}.node-7`;
  const node = await connectBus({ address: bench.address, credential, name: 'node-7', inboxPrefix: inbox });
  const answer = await node.request(
    queueRoomSubject(ZONE),
    JSON.stringify({ v: 1, tenant: TENANT, function: 'asked' }),
  );
  expect(answer.json()).toEqual({ v: 1, waiting: 2, most: bench.config.pendingEvents });
  await node.close();
});
