import {
  decodeDeadLetter,
  deadLetterStream,
  deadLetterSubject,
  type EventRecord,
  outputBodyObject,
} from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { EventWorld } from './event-world.ts';

const QUICK = { attempts: 3, minDelay: '10ms', maxDelay: '10ms', rules: [] };

let minio: MinioServer;
let bench: GatewayBench;
let world: EventWorld;
beforeAll(async () => {
  minio = await startMinio();
  bench = await GatewayBench.start({ store: minio.endpoint });
  world = await EventWorld.open(bench);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
  await minio[Symbol.asyncDispose]();
});

const headersOf = ({ call }: ServedCall): Map<string, string> => {
  const flat = call.headers.split('\n');
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 && name !== '' ? [[name, flat[i + 1]!]] : [])));
};

test('an accepted event is called once, its response is in the object store, and nothing of it waits any more', async () => {
  const cell = await bench.serve({ name: 'once' }, (served) => served.answer('done', { status: 201 }));
  const { event } = await world.accept('/fn/once/path?q=1', { body: 'bonjour' });
  const record = await world.ended('once', event);
  expect(record).toMatchObject({
    ...{ state: 'succeeded', trigger: 'async', bytes: 7, cause: null },
    attempts: [{ attempt: 1, outcome: 'ok', status: 201, node: 'node-1', retryAt: null }],
  });
  const served = await cell.calls.next();
  expect([served.call.method, new URL(served.call.url).pathname, served.call.body.toString()]).toEqual([
    'POST',
    '/path',
    'bonjour',
  ]);
  expect([headersOf(served).get('sovfn-event'), headersOf(served).get('sovfn-attempt')]).toEqual([event, '1']);
  expect(await bodyOf(record)).toBe('done');
  expect(await world.untilGone('once', event)).toBe(true);
  expect(cell.calls.drain()).toEqual([]);
});

test('an attempt that fails is made again after a delay, and the record tells of both', async () => {
  await bench.serve({ name: 'second', retry: QUICK }, (served) => {
    if (headersOf(served).get('sovfn-attempt') === '1') served.answer('not now', { status: 503 });
    else served.answer('now');
  });
  const { event } = await world.accept('/fn/second/');
  expect(await world.ended('second', event)).toMatchObject({
    state: 'succeeded',
    attempts: [
      { attempt: 1, outcome: 'ok', status: 503, message: 'not now', retryAt: expect.any(String) as string },
      { attempt: 2, outcome: 'ok', status: 200, retryAt: null },
    ],
  });
});

test('an event whose attempts all fail is a dead letter with its payload, its last response and its attempts', async () => {
  await bench.serve({ name: 'dead', retry: QUICK }, (served) =>
    served.answer('broken', { status: 500, headers: 'x-why\nbecause\n' }),
  );
  const { event } = await world.accept('/fn/dead/', { body: 'payload' });
  const record = await world.ended('dead', event);
  expect(record).toMatchObject({
    state: 'dead-lettered',
    cause: 'all 3 attempts failed; the last one: the function answered with status 500',
    output: null,
  });
  const { letter, body } = await letterOf('dead', event);
  expect(letter).toMatchObject({ event: { id: event }, lastResponse: { status: 500, bytes: 6 } });
  expect(letter.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect([body.toString(), Buffer.from(letter.lastResponse!.body, 'base64').toString()]).toEqual(['payload', 'broken']);
});

test('a failure that no attempt can mend is a dead letter at once; without dead letters only the record is kept', async () => {
  const config = { name: 'hopeless', events: { concurrency: 10, deadLetters: false } };
  await bench.serve(config, (served) => served.fail('exceeded-memory', { message: 'too much' }));
  const { event } = await world.accept('/fn/hopeless/');
  const record = await world.ended('hopeless', event);
  expect([record.state, record.attempts.length]).toEqual(['dead-lettered', 1]);
  expect(record.cause).toBe('another attempt would not help: exceeded-memory: too much');
  await expect(letterOf('hopeless', event)).rejects.toThrow();
});

test('while no node of the zone is there an event waits, uses up no attempt, and runs when one comes', async () => {
  const version = await bench.deploy({ name: 'patient', retry: { ...QUICK, attempts: 1 } });
  await bench.untilVisible(version);
  const { event } = await world.accept('/fn/patient/');
  const waiting = await world.untilRecord('patient', event, ({ state }) => state === 'waiting');
  expect(waiting).toMatchObject({ attempts: [], cause: expect.stringMatching(/^no-node-in-zone: /) as string });
  const cell = await bench.cell('c-patient');
  await cell.serve(version, (served) => served.answer('here'));
  expect(await world.ended('patient', event)).toMatchObject({ state: 'succeeded', attempts: [{ attempt: 1 }] });
});

test('no more events of a function run at once than it allows', async () => {
  const cell = await bench.serve({ name: 'two', events: { concurrency: 2, deadLetters: true } });
  const accepted = await Promise.all(Array.from({ length: 5 }, async () => world.accept('/fn/two/')));
  const open = [await cell.calls.next(), await cell.calls.next()];
  let served = 2;
  while (served < 5) {
    expect(cell.calls.drain()).toEqual([]);
    open.shift()!.answer('ok');
    open.push(await cell.calls.next());
    served++;
  }
  for (const call of open) call.answer('ok');
  for (const { event } of accepted) expect((await world.ended('two', event)).state).toBe('succeeded');
});

test('a body that does not fit into a message arrives whole, and its object is removed afterwards', async () => {
  const body = Buffer.alloc(2 * 1024 * 1024, 'x');
  const cell = await bench.serve({ name: 'large' });
  const { event } = await world.accept('/fn/large/', { body });
  const served = await cell.calls.next();
  served.taken();
  served.credit(64);
  let bytes = served.call.body.length;
  for (let frame = await served.frames.next(); frame.kind !== 'end'; frame = await served.frames.next()) {
    if (frame.kind === 'chunk') bytes += frame.bytes.length;
  }
  served.answer('got it');
  expect(bytes).toBe(body.length);
  expect((await world.ended('large', event)).bytes).toBe(body.length);
  await world.untilGone('large', event);
});

test('a large body that was changed in the object store is never given to its end: the event is a dead letter', async () => {
  const events = { concurrency: 1, deadLetters: true } as const;
  const cell = await bench.serve({ name: 'altered', events, retry: { ...QUICK, attempts: 1 } });
  await world.accept('/fn/altered/');
  // While it runs, no other event of the function is begun, nor its body read.
  const before = await cell.calls.next();
  const body = Buffer.alloc(2 * 1024 * 1024, 'x');
  const { event } = await world.accept('/fn/altered/', { body });
  const { head } = await world.event('altered', event);
  const store = openStore({ ...minio.endpoint, tls: false });
  await store.put(bench.config.store.events, head.bodyReference!.object, Buffer.alloc(body.length, 'y'));
  store.close();
  before.answer('ok');
  const served = await cell.calls.next();
  served.taken();
  served.credit(64);
  const last = await untilNoChunk(served);
  expect(last).not.toBe('end');
  expect(await world.ended('altered', event)).toMatchObject({ state: 'dead-lettered', attempts: [{ attempt: 1 }] });
});

test('an event that was not begun in time ends as expired', async () => {
  const config = { name: 'late', events: { concurrency: 1, deadLetters: true, expireAfter: '3s' } };
  const cell = await bench.serve(config);
  const { event: first } = await world.accept('/fn/late/');
  const call = await cell.calls.next();
  const { event: second } = await world.accept('/fn/late/');
  await untilPast((await world.event('late', second)).head.expiresAt!);
  call.answer('slow');
  expect((await world.ended('late', first)).state).toBe('succeeded');
  expect(await world.ended('late', second)).toMatchObject({ state: 'expired', attempts: [] });
});

async function bodyOf({ output }: EventRecord): Promise<string> {
  const { host, port, accessKey, secretKey } = minio.endpoint;
  const store = openStore({ host, port, tls: false, accessKey, secretKey });
  return (await store.get('outputs', outputBodyObject(output!), { maxBytes: 1_000_000, timeoutMs: 10_000 })).toString();
}

async function letterOf(name: string, event: string): Promise<ReturnType<typeof decodeDeadLetter>> {
  const subject = deadLetterSubject({ zone: ZONE, tenant: TENANT, function: name }, event);
  const message = await world.streams.streams.getMessage(deadLetterStream(ZONE), { last_by_subj: subject });
  return decodeDeadLetter(await world.sealed.open(subject, message!.data));
}

async function untilPast(time: string): Promise<void> {
  while (Date.now() <= Date.parse(time)) await new Promise((resolve) => setImmediate(resolve));
}

/** The kind of the first frame behind the body's pieces. */
async function untilNoChunk({ frames }: ServedCall): Promise<string> {
  for (;;) {
    const { kind } = await frames.next();
    if (kind !== 'chunk') return kind;
  }
}
