import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { cronSubject, eventStream, eventSubject, inboxPrefix, markerSubject, tickSubject } from '@sovfn/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AtomicBatches, type BatchEntry, createZoneStreams, GroupCommit, WRONG_LAST_SEQUENCE } from '../src/index.ts';
import type { WireClient } from '../src/wire/index.ts';
import { type PlatformBus, startPlatformBus, ZONE } from './platform-bus.ts';

const FUNCTION = { zone: ZONE, tenant: 'main', function: 'job' };

let bus: PlatformBus;
let streams: JetStreamManager;
let wire: WireClient;
let batches: AtomicBatches;
let close: () => Promise<void>;
beforeAll(async () => {
  bus = await startPlatformBus();
  const connection = await bus.gatewayConnection();
  await createZoneStreams(connection, { zones: [ZONE], kvBytes: 1_000_000 });
  streams = await jetstreamManager(connection);
  wire = await bus.wire(bus.users.gateway);
  batches = new AtomicBatches({ wire, inboxPrefix: `${inboxPrefix('gateway')}.gw-1` });
  close = async () => {
    batches.close();
    await wire.close();
    await connection.close();
    await bus[Symbol.asyncDispose]();
  };
});
afterAll(() => close());
beforeEach(async () => {
  await streams.streams.purge(eventStream(ZONE));
});

/** A marker that may exist once, and an event. */
function entry(name: string): BatchEntry {
  const hash = Buffer.from(name).toString('hex');
  return [
    {
      subject: markerSubject(FUNCTION, hash),
      headers: 'Nats-Expected-Last-Subject-Sequence: 0\r\n',
      payload: Buffer.from(name),
    },
    { subject: eventSubject(FUNCTION, 'any', hash), headers: '', payload: Buffer.from(`event ${name}`) },
  ];
}

async function stored(): Promise<number> {
  return (await streams.streams.info(eventStream(ZONE))).state.messages;
}

test('a batch is stored whole, with headers and bytes as they were given', async () => {
  const bytes = Buffer.from([0, 13, 10, 255]);
  const headers = 'X-Own: a\r\nX-Own: b\r\n';
  const whole = { subject: eventSubject(FUNCTION, 'any', 'one'), headers, payload: bytes };
  expect(await batches.commit([whole])).toMatchObject({ isStored: true });
  const message = await streams.streams.getMessage(eventStream(ZONE), {
    last_by_subj: eventSubject(FUNCTION, 'any', 'one'),
  });
  expect(Buffer.from(message!.data)).toEqual(bytes);
  expect(message!.header.values('X-Own')).toEqual(['a', 'b']);
});

test('of a batch with one message that the server refuses nothing is stored, and the reason is the server’s', async () => {
  expect(await batches.commit(entry('a'))).toMatchObject({ isStored: true });
  const refusal = await batches.commit([...entry('b'), ...entry('a'), ...entry('c')]);
  expect(refusal).toMatchObject({ isStored: false, code: WRONG_LAST_SEQUENCE });
  expect(await stored()).toBe(2);
});

test('in a group one entry that the server refuses costs only itself', async () => {
  const commits = new GroupCommit(batches);
  expect(await commits.commit(entry('known'))).toMatchObject({ isStored: true });
  const names = Array.from({ length: 150 }, (_, i) => (i === 75 ? 'known' : `new-${i}`));
  const ends = await Promise.all(names.map(async (name) => commits.commit(entry(name))));
  expect(ends.flatMap((end, i) => (end.isStored ? [] : [i]))).toEqual([75]);
  expect(ends[75]).toMatchObject({ code: WRONG_LAST_SEQUENCE });
  expect(await stored()).toBe(2 * 150);
});

test('a few messages that are stored alone go without a batch, and one that the server refuses costs only itself', async () => {
  const commits = new GroupCommit(batches);
  const single = (name: string): BatchEntry => entry(name).slice(0, 1);
  expect(await commits.commit(single('known'))).toMatchObject({ isStored: true });
  const ends = await Promise.all(['a', 'known', 'b'].map(async (name) => commits.commit(single(name))));
  expect(ends.map((end) => (end.isStored ? end.sequence : end.code))).toEqual([
    expect.any(Number),
    WRONG_LAST_SEQUENCE,
    expect.any(Number),
  ]);
  const [first] = ends;
  const message = await streams.streams.getMessage(eventStream(ZONE), {
    seq: first!.isStored ? first!.sequence : 0,
  });
  expect([message!.string(), message!.header.get('Nats-Batch-Id')]).toEqual(['a', '']);
  expect(await stored()).toBe(3);
});

test('entries of many messages are divided over batches that the server takes', async () => {
  const commits = new GroupCommit(batches);
  const entries = Array.from({ length: 50 }, (_, i) => Array.from({ length: 30 }, (_, j) => entry(`${i} ${j}`)).flat());
  const ends = await Promise.all(entries.map(async (messages) => commits.commit(messages)));
  expect(ends.every(({ isStored }) => isStored)).toBe(true);
  expect(await stored()).toBe(50 * 30 * 2);
});

test('a message that NATS shall fire replaces the one before only when it names it, also within a batch', async () => {
  const tick = { zone: ZONE, tenant: 'main', function: 'clock' };
  const planned = (last: number, payload: string) => ({
    subject: cronSubject(tick, 'a'),
    headers:
      `Nats-Schedule: @at 2100-01-01T00:00:00Z\r\nNats-Schedule-Target: ${tickSubject(tick, 'a')}\r\n` +
      `Nats-Expected-Last-Subject-Sequence: ${last}\r\n`,
    payload: Buffer.from(payload),
  });
  const first = await batches.commit([planned(0, 'first')]);
  expect(await batches.commit([planned(0, 'second')])).toMatchObject({ code: WRONG_LAST_SEQUENCE });
  expect(await batches.commit([planned(first.isStored ? first.sequence : 0, 'third')])).toMatchObject({
    isStored: true,
  });
  const message = await streams.streams.getMessage(eventStream(ZONE), { last_by_subj: cronSubject(tick, 'a') });
  expect(message!.string()).toBe('third');
  expect(await stored()).toBe(1);
});

test('each entry of a group learns the sequence of its first message', async () => {
  const commits = new GroupCommit(batches);
  const names = Array.from({ length: 50 }, (_, i) => `s${i}`);
  const ends = await Promise.all(names.map(async (name) => commits.commit(entry(name))));
  for (const [i, end] of ends.entries()) {
    const message = await streams.streams.getMessage(eventStream(ZONE), { seq: end.isStored ? end.sequence : 0 });
    expect(Buffer.from(message!.data).toString()).toBe(names[i]);
  }
});

test('more entries than one batch holds, and more bytes, are stored in several', async () => {
  const commits = new GroupCommit(batches);
  const large = (i: number): BatchEntry => [
    { subject: eventSubject(FUNCTION, 'any', `l${i}`), headers: '', payload: Buffer.alloc(800_000) },
  ];
  const all = [
    ...Array.from({ length: 900 }, (_, i) => entry(`n${i}`)),
    ...Array.from({ length: 30 }, (_, i) => large(i)),
  ];
  const ends = await Promise.all(all.map(async (each) => commits.commit(each)));
  expect(ends.every((end) => end.isStored)).toBe(true);
  expect(await stored()).toBe(1_830);
});

test.each([0, 1_001])('a batch of %i messages is refused before anything is sent', async (count) => {
  const message = { subject: eventSubject(FUNCTION, 'any', 'x'), headers: '', payload: Buffer.alloc(0) };
  await expect(batches.commit(Array(count).fill(message))).rejects.toThrow(RangeError);
});

test('where no stream takes the messages, and where the server does not answer, the end is unknown: bus-unavailable', async () => {
  const message = { subject: 'evt.de.0.main.job.x', headers: '', payload: Buffer.alloc(0) };
  await using nowhere = await startPlatformBus();
  const empty = await nowhere.wire(nowhere.users.gateway);
  const lonely = new AtomicBatches({ wire: empty, inboxPrefix: `${inboxPrefix('gateway')}.gw-1`, answerMs: 200 });
  const subject = eventSubject(FUNCTION, 'any', 'x');
  await expect(lonely.commit([{ ...message, subject }])).rejects.toMatchObject({ code: 'bus-unavailable' });
  // The server refuses the subject by permission, in passing only: no answer comes.
  await expect(lonely.commit([message])).rejects.toMatchObject({ code: 'bus-unavailable' });
  lonely.close();
  await empty.close();
});
