/** The consumer side of queues: batches, decisions about each message, attempts, dead letters. */
import { decodeDeadLetter, deadLetterStream, deadLetterSubject, NOTHING_REPORTED, readBatch } from '@sovfn/protocol';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { EventWorld } from './event-world.ts';
import { addressOf, batchOf, bodiesOf, positionsOf, report, send, untilEmpty, waiting } from './queue-world.ts';

const QUICK = { attempts: 3, minDelay: '10ms', maxDelay: '10ms', rules: [] };

let minio: MinioServer;
let bench: GatewayBench;
let world: EventWorld;
const parts = new AsyncDisposableStack();
beforeAll(async () => {
  minio = parts.use(await startMinio());
  bench = parts.use(await GatewayBench.start({ store: minio.endpoint }));
  world = parts.use(await EventWorld.open(bench));
});
afterAll(() => parts.disposeAsync());

/** `batchWait`: long where a batch is to be full, nothing where each message comes alone. */
const jobs = (batchSize: number, batchWait = '60s') => ({ type: 'queue', batchSize, batchWait }) as const;

const sendAll = async (name: string, ...bodies: string[]): Promise<string[]> =>
  Promise.all(bodies.map(async (body) => send(world, name, body)));

test('as many messages as make a batch arrive in one call, and are done when it is answered', async () => {
  const cell = await bench.serve({ name: 'full', bindings: { JOBS: jobs(3) } });
  const ids = await sendAll('full', 'a', 'b', 'c');
  const served = await cell.calls.next();
  expect([served.call.trigger, served.call.method, served.call.url]).toEqual(['queue', 'POST', 'queue:JOBS']);
  expect(bodiesOf(served)).toEqual(['a', 'b', 'c']);
  const batch = batchOf(served);
  expect(batch.queue).toBe('JOBS');
  expect(batch.messages.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  for (const { attempts, timestamp, contentType } of batch.messages) {
    expect([attempts, contentType]).toEqual([1, 'text']);
    expect(Math.abs(timestamp - Date.now())).toBeLessThan(3_600_000);
  }
  report(served);
  for (const id of ids) {
    expect(await world.ended('full', id)).toMatchObject({
      ...{ state: 'succeeded', trigger: 'queue', source: 'JOBS', bytes: 1, output: null },
      attempts: [{ attempt: 1, outcome: 'ok', status: 200, invocation: served.call.invocation, node: 'node-1' }],
    });
  }
  await untilEmpty(world, 'full');
  expect(cell.calls.drain()).toEqual([]);
});

test('a batch that does not fill begins when its first message has waited', async () => {
  const cell = await bench.serve({ name: 'partial', bindings: { JOBS: jobs(100, '100ms') } });
  const [id] = await sendAll('partial', 'alone');
  const served = await cell.calls.next();
  expect(bodiesOf(served)).toEqual(['alone']);
  report(served);
  expect((await world.ended('partial', id!)).state).toBe('succeeded');
});

test('messages of two queues never share a batch', async () => {
  const bindings = { PRINT: jobs(2), MAIL: jobs(2) };
  const cell = await bench.serve({ name: 'two-queues', bindings }, (served) => report(served));
  for (const binding of ['PRINT', 'MAIL', 'PRINT', 'MAIL']) await send(world, 'two-queues', binding, { binding });
  const calls = [await cell.calls.next(), await cell.calls.next()];
  expect(calls.map((served) => [batchOf(served).queue, ...bodiesOf(served)]).toSorted()).toEqual([
    ['MAIL', 'MAIL', 'MAIL'],
    ['PRINT', 'PRINT', 'PRINT'],
  ]);
});

test('one message of a batch comes again after its own delay, and the others are done', async () => {
  const cell = await bench.serve({
    name: 'again',
    bindings: { JOBS: jobs(3) },
    retry: { ...QUICK, minDelay: '1h', maxDelay: '1h' },
  });
  const [a, b, c] = await sendAll('again', 'a', 'b', 'c');
  const served = await cell.calls.next();
  const [position] = positionsOf(served, 'b');
  report(served, { acked: positionsOf(served, 'a'), retried: [{ position: position!, delaySeconds: 3_600 }] });
  for (const id of [a!, c!]) expect((await world.ended('again', id)).state).toBe('succeeded');
  const record = await world.untilRecord('again', b!, ({ state }) => state === 'waiting');
  const [made] = record.attempts;
  expect(made).toMatchObject({ attempt: 1, outcome: 'ok', status: 200 });
  expect(made!.message).toBe('the function asked for the message to come again');
  // Counted from the answer, which was a moment before the end was noted.
  expect(Date.parse(made!.retryAt!) - Date.parse(made!.endedAt)).toBeGreaterThan(3_600_000 - 60_000);
  await expect.poll(() => waiting(world, 'again')).toEqual([b]);
  expect(cell.calls.drain()).toEqual([]);
});

test('a message that comes again says so, and the delays of the configuration hold without one of its own', async () => {
  const cell = await bench.serve({ name: 'attempts', bindings: { JOBS: jobs(1) }, retry: QUICK });
  const [id] = await sendAll('attempts', 'a');
  for (const delaySeconds of [0, null]) report(await cell.calls.next(), { retried: [{ position: 0, delaySeconds }] });
  const last = await cell.calls.next();
  expect(batchOf(last).messages.map((message) => [message.id, message.attempts])).toEqual([[id, 3]]);
  report(last);
  expect(await world.ended('attempts', id!)).toMatchObject({
    state: 'succeeded',
    attempts: [{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }],
  });
});

test('when the handler throws, what it acknowledged is done and everything else comes again', async () => {
  const cell = await bench.serve({ name: 'throws', bindings: { JOBS: jobs(3, '100ms') }, retry: QUICK });
  const [a, b, c] = await sendAll('throws', 'a', 'b', 'c');
  const served = await cell.calls.next();
  const [first] = positionsOf(served, 'a');
  served.fail('exception', { message: 'no paper', errorName: 'TypeError' }, { ...NOTHING_REPORTED, acked: [first!] });
  expect((await world.ended('throws', a!)).state).toBe('succeeded');
  const left: string[] = [];
  while (left.length < 2) {
    const again = await cell.calls.next();
    left.push(...bodiesOf(again));
    report(again);
  }
  expect(left.toSorted()).toEqual(['b', 'c']);
  for (const id of [b!, c!]) {
    expect(await world.ended('throws', id)).toMatchObject({
      state: 'succeeded',
      attempts: [{ outcome: 'exception', message: 'exception: TypeError: no paper' }, { outcome: 'ok' }],
    });
  }
});

test('a message that breaks each of its batches is alone the last time: it dies, and the others do not', async () => {
  const cell = await bench.serve(
    { name: 'poison', bindings: { JOBS: jobs(3) }, retry: { ...QUICK, attempts: 2 } },
    (served) => {
      if (bodiesOf(served).includes('poison')) served.fail('exceeded-cpu', { message: 'used 200 ms of CPU' });
      else report(served);
    },
  );
  const [poison, ...others] = await sendAll('poison', 'poison', 'b', 'c');
  expect(await world.ended('poison', poison!)).toMatchObject({
    state: 'dead-lettered',
    cause: 'another attempt would not help: exceeded-cpu: used 200 ms of CPU',
    attempts: [{ outcome: 'exceeded-cpu' }, { outcome: 'exceeded-cpu' }],
  });
  for (const id of others) expect((await world.ended('poison', id)).state).toBe('succeeded');
  const sizes = cell.calls.drain().map((served) => batchOf(served).messages.length);
  expect(sizes).toEqual([3, 1, 1, 1]);
  const { letter, body } = await letterOf('poison', poison!);
  expect(letter).toMatchObject({
    event: { id: poison, trigger: 'queue', queue: { binding: 'JOBS' } },
    lastResponse: null,
  });
  expect(letter.attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(body.toString()).toBe('poison');
  await untilEmpty(world, 'poison');
});

test('a message whose handler wants it again and again is a dead letter after the last attempt', async () => {
  const cell = await bench.serve({ name: 'again-and-again', bindings: { JOBS: jobs(1) }, retry: QUICK }, (served) =>
    report(served, { retried: [{ position: 0, delaySeconds: 0 }] }),
  );
  const [id] = await sendAll('again-and-again', 'a');
  expect(await world.ended('again-and-again', id!)).toMatchObject({
    state: 'dead-lettered',
    cause: 'all 3 attempts failed; the last one: the function asked for the message to come again',
  });
  expect(cell.calls.drain()).toHaveLength(3);
  expect((await letterOf('again-and-again', id!)).letter.attempts).toHaveLength(3);
});

test.each([
  ['that is no report', (served: ServedCall) => served.answer('ok')],
  ['with another status', (served: ServedCall) => served.answer('', { status: 204 })],
  ['about messages that are not there', (served: ServedCall) => report(served, { acked: [0, 99] })],
  ['that decides twice', (served: ServedCall) => report(served, { acked: [0, 0] })],
  ['that does not end', (served: ServedCall) => answerWithoutEnd(served)],
])('an answer %s acknowledges nothing', async (what, answer) => {
  const name = `hostile-${what.replaceAll(' ', '-')}`;
  await bench.serve({ name, bindings: { JOBS: jobs(2) }, retry: { ...QUICK, attempts: 2 } }, answer);
  for (const id of await sendAll(name, 'a', 'b')) {
    const record = await world.ended(name, id);
    expect(record).toMatchObject({
      state: 'dead-lettered',
      attempts: [{ outcome: 'invalid-response' }, { outcome: 'invalid-response' }],
    });
    expect(record.cause).toContain('in place of a report');
  }
});

function answerWithoutEnd(served: ServedCall): void {
  served.answerStreamed();
  for (let sequence = 0; sequence < 16; sequence++) served.chunk(sequence, Buffer.alloc(10_000, ' '));
}

test('a batch that does not fit into a message is streamed to the cell', async () => {
  const cell = await bench.serve({ name: 'large-batch', bindings: { JOBS: jobs(20) } });
  const bodies = Array.from({ length: 20 }, (_, index) =>
    Buffer.alloc(100_000, String.fromCharCode(97 + index)).toString(),
  );
  await sendAll('large-batch', ...bodies);
  const served = await cell.calls.next();
  served.taken();
  served.credit(64);
  const pieces = [Buffer.from(served.call.body)];
  for (let frame = await served.frames.next(); frame.kind !== 'end'; frame = await served.frames.next()) {
    if (frame.kind === 'chunk') pieces.push(Buffer.from(frame.bytes));
  }
  const { messages } = readBatch(Buffer.concat(pieces))!;
  expect(messages.map(({ bytes }) => Buffer.from(bytes).toString()).toSorted()).toEqual(bodies);
  report(served);
  await untilEmpty(world, 'large-batch');
});

test('a batch has no more bytes than the function takes in a request', async () => {
  const limits = { bodyMb: 0.1 };
  const sizes: number[] = [];
  await bench.serve({ name: 'bounded', bindings: { JOBS: jobs(10, '100ms') }, limits }, (served) => {
    sizes.push(batchOf(served).messages.length);
    report(served);
  });
  await sendAll('bounded', ...Array.from({ length: 5 }, (_, index) => String(index).repeat(40_000)));
  await untilEmpty(world, 'bounded');
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(5);
});

test('messages whose function is not deployed any more are dead letters, and none is lost', async () => {
  await bench.serve({ name: 'removed', bindings: { JOBS: jobs(2, '100ms') }, retry: QUICK }, (served) =>
    report(served),
  );
  await untilNoted('removed');
  await bench.remove('removed');
  for (const id of await sendAll('removed', 'a', 'b')) {
    expect(await world.ended('removed', id)).toMatchObject({
      state: 'dead-lettered',
      cause: 'another attempt would not help: function-not-found: "removed" is not deployed',
    });
  }
});

/** The first message shows that the gateway follows the function's queues. */
async function untilNoted(name: string): Promise<void> {
  const id = await send(world, name, 'first');
  await world.ended(name, id);
}

test('while no node is there messages wait and use up no attempt; they run together when one comes', async () => {
  const version = await bench.deploy({
    name: 'patient-queue',
    bindings: { JOBS: jobs(2) },
    retry: { ...QUICK, attempts: 1 },
  });
  await bench.untilVisible(version);
  const ids = await sendAll('patient-queue', 'a', 'b');
  for (const id of ids) {
    const record = await world.untilRecord('patient-queue', id, ({ state }) => state === 'waiting');
    expect(record).toMatchObject({ attempts: [], cause: expect.stringMatching(/^no-node-in-zone: /) as string });
  }
  const cell = await bench.cell('c-patient-queue');
  await cell.serve(version, (served) => report(served));
  for (const id of ids)
    expect(await world.ended('patient-queue', id)).toMatchObject({ state: 'succeeded', attempts: [{ attempt: 1 }] });
  expect(cell.calls.drain().map(bodiesOf)).toEqual([['a', 'b']]);
});

test.each([
  ['another function', { function: 'other' }],
  ['another tenant', { tenant: 'rival' }],
  ['another trigger', { trigger: 'async' }],
  ['a callback', { callback: 'http://169.254.169.254/latest' }],
  ['a body in the object store', { bodyReference: { object: 'x', bytes: 1, isSealed: false, sha256: '0'.repeat(64) } }],
] as const)('a message that a node forged with %s is not run, and holds up no other', async (what, head) => {
  const name = `forged-${what.replaceAll(' ', '-')}`;
  const cell = await bench.serve({ name, bindings: { JOBS: jobs(1) } }, (served) => report(served));
  const other = what === 'another function' ? await bench.serve({ name: 'other' }) : null;
  const forged = await send(world, name, 'forged', { head });
  const good = await send(world, name, 'good');
  expect((await world.ended(name, good)).state).toBe('succeeded');
  expect(cell.calls.drain().map(bodiesOf)).toEqual([['good']]);
  expect(other?.calls.drain() ?? []).toEqual([]);
  // A record is written before its message is acknowledged.
  await expect.poll(() => waiting(world, name)).toEqual([forged]);
});

async function letterOf(name: string, event: string): Promise<ReturnType<typeof decodeDeadLetter>> {
  const subject = deadLetterSubject(addressOf(name), event);
  const message = await world.streams.streams.getMessage(deadLetterStream('fr'), { last_by_subj: subject });
  return decodeDeadLetter(await world.sealed.open(subject, message!.data));
}
