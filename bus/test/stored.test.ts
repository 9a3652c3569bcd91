import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { functionTickRecordsSubject, tickRecordSubject, tickStream } from '@sovfn/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createZoneStreams, LastMessages, readLastMessages, readMessages } from '../src/index.ts';
import { type PlatformBus, startPlatformBus, ZONE } from './platform-bus.ts';

const FUNCTION = { zone: ZONE, tenant: 'main', function: 'job' };
const STREAM = tickStream(ZONE);

let bus: PlatformBus;
let connection: NatsConnection;
let streams: JetStreamManager;
beforeAll(async () => {
  bus = await startPlatformBus();
  connection = await bus.gatewayConnection();
  await createZoneStreams(connection, { zones: [ZONE], kvBytes: 1_000_000 });
  streams = await jetstreamManager(connection);
});
afterAll(async () => {
  await connection.close();
  await bus[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await streams.streams.purge(STREAM);
});

async function publish(name: string, text: string): Promise<number> {
  return (await jetstream(connection).publish(tickRecordSubject(FUNCTION, name), text)).seq;
}

const textOf = (data: Uint8Array | undefined): string | null =>
  data === undefined ? null : Buffer.from(data).toString();

test('the last messages of many subjects come with one question; a subject without one is left out', async () => {
  await publish('a', 'old');
  const last = await publish('a', 'new');
  await publish('b', 'only');
  const subjects = ['a', 'b', 'c'].map((name) => tickRecordSubject(FUNCTION, name));
  const found = await readLastMessages(connection, STREAM, subjects);
  expect(found.map(({ subject, data }) => [subject, textOf(data)]).sort()).toEqual([
    [subjects[0], 'new'],
    [subjects[1], 'only'],
  ]);
  expect(found.find(({ subject }) => subject === subjects[0])!.sequence).toBe(last);
  expect(await readLastMessages(connection, STREAM, [subjects[2]!])).toEqual([]);
});

test('2,000 subjects asked for in one turn each get their own message', async () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `n${index}`);
  await Promise.all(names.map(async (name) => publish(name, name)));
  const last = new LastMessages(connection, STREAM);
  const found = await Promise.all(names.map(async (name) => last.read(tickRecordSubject(FUNCTION, name))));
  expect(found.map((message) => textOf(message?.data))).toEqual(names);
  expect(await last.read(tickRecordSubject(FUNCTION, 'none'))).toBeNull();
});

test('all messages under a filter are read page by page, in their order', async () => {
  const texts = Array.from({ length: 2_500 }, (_, index) => `text ${index}`);
  for (let at = 0; at < texts.length; at += 500) {
    await Promise.all(texts.slice(at, at + 500).map(async (text) => publish(`n${at}`, text)));
  }
  const read: string[] = [];
  const sequences: number[] = [];
  for await (const page of readMessages(connection, STREAM, functionTickRecordsSubject(FUNCTION))) {
    read.push(...page.map(({ data }) => textOf(data)!));
    sequences.push(...page.map(({ sequence }) => sequence));
  }
  expect(read.toSorted()).toEqual(texts.toSorted());
  expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
});

test('a stream that does not exist is an error, and so is a bus that has gone', async () => {
  await expect(readLastMessages(connection, 'NONE', ['a'])).rejects.toMatchObject({ code: 'bus-unavailable' });
  const own = await bus.gatewayConnection();
  const last = new LastMessages(own, STREAM);
  await own.close();
  await expect(last.read('a')).rejects.toMatchObject({ code: 'bus-unavailable' });
});
