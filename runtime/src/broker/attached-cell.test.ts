import { duplexPair } from 'node:stream';
import type { Socket } from 'node:net';
import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { Agent } from 'undici';
import { afterEach, expect, test } from 'vitest';
import type { AskMessage, FromBrokerToCell } from '../channel/broker-messages.ts';
import { fromBrokerToCellSchema } from '../channel/broker-messages.ts';
import { Channel } from '../channel/frame.ts';
import { AttachedCell } from './attached-cell.ts';
import { RequestReports } from './request-reports.ts';

const VERSION = 'a'.repeat(64);
const ASK: AskMessage = {
  ...{ v: PROTOCOL_VERSION, type: 'ask', ask: 1, function: 'shop', version: VERSION, kind: 'fetch' },
  head: JSON.stringify({ method: 'GET', url: 'http://127.0.0.1:9/', headers: '', redirect: 'follow' }),
  ...{ invocation: null, depth: 0, trace: null, body: 'none' },
};

let cell: AttachedCell;
afterEach(() => cell.close());

/** A broker's connection to a cell that says what a test has it say. */
function connect() {
  const [near, far] = duplexPair();
  const closed = Promise.withResolvers<string | null>();
  const wanted = Promise.withResolvers<[string, string]>();
  const answer = Promise.withResolvers<FromBrokerToCell>();
  const reported: unknown[] = [];
  const reports = new RequestReports((message) => reported.push(message));
  cell = new AttachedCell(near as unknown as Socket, {
    ...{ zone: 'fr', tenant: 'main', reports: reports.of(1) },
    makeDispatcher: () => new Agent(),
    askForGrant: (...of) => wanted.resolve(of),
    onDefect: (error) => answer.reject(error),
    onClosed: closed.resolve,
  });
  const channel = new Channel<FromBrokerToCell, AskMessage>(far, {
    schema: fromBrokerToCellSchema,
    onMessage: answer.resolve,
    onClosed: () => undefined,
  });
  const parts = { closed: closed.promise, wanted: wanted.promise, answer: answer.promise };
  return { channel, far, reported, reports, ...parts };
}

test('nothing is carried out before the supervisor has said what the version may reach', async () => {
  const { channel, wanted, answer, reported, reports } = connect();
  channel.send(ASK);
  expect(await wanted).toEqual(['shop', VERSION]);
  reports.flush();
  expect(reported).toEqual([]);
  cell.grant('shop', VERSION, { egress: [], secrets: [] });
  expect(await answer).toMatchObject({ type: 'ask-failed', name: 'TypeError' });
  reports.flush();
  expect(reported).toMatchObject([{ notes: [{ type: 'whole', attachment: 1, function: 'shop', outcome: 'refused' }] }]);
});

test('a version that the cell does not have gets nothing', async () => {
  const { channel, wanted, answer } = connect();
  channel.send(ASK);
  await wanted;
  cell.revoke('shop', VERSION);
  expect(await answer).toMatchObject({
    type: 'ask-failed',
    message: 'fetch failed: this version of "shop" is not loaded.',
  });
});

test('a cell that asks the broker for a binding is said to have broken a rule', async () => {
  const { channel, closed } = connect();
  channel.send({ ...ASK, kind: 'kv' });
  expect(await closed).toBe('a cell asked the broker for "kv", which is for its supervisor');
});

test('a cell that sends what is no message is said to have broken a rule; one that ends is not', async () => {
  const broken = connect();
  broken.far.write(Buffer.alloc(64, 255));
  expect(await broken.closed).toContain('a frame says it has');
  const ended = connect();
  ended.far.end();
  expect(await ended.closed).toBeNull();
});
