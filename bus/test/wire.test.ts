import { once } from 'node:events';
import { createServer } from 'node:net';
import { callSubject, gatewayRepliesSubject, replySubjectPrefix } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dial, type WireClient, WireConnection } from '../src/wire/index.ts';
import { type PlatformBus, startPlatformBus, ZONE } from './platform-bus.ts';

const to = { zone: ZONE, tenant: 'main', function: 'hello', version: 'a'.repeat(64) };
const REPLY = `${replySubjectPrefix('gw-1', ZONE, 'main')}1`;

let bus: PlatformBus;
beforeAll(async () => {
  bus = await startPlatformBus();
});
afterAll(() => bus[Symbol.asyncDispose]());

test('a call reaches a cell in its queue group and the answer reaches the gateway, byte for byte', async () => {
  const gateway = await bus.wire(bus.users.gateway);
  const cell = await bus.wire(bus.users.cell);
  cell.subscribe(callSubject(to), 'c', (payload, _subject, reply) => cell.publish(reply, Buffer.from(payload)));
  await cell.flush();
  for (const size of [0, 1, 1_000, 20_000, 900_000]) {
    const sent = Buffer.alloc(size, size % 251);
    const answer = receiveOne(gateway, gatewayRepliesSubject('gw-1'));
    gateway.publish(callSubject(to), sent, REPLY);
    expect((await answer).payload.equals(sent)).toBe(true);
  }
  await Promise.all([gateway.close(), cell.close()]);
});

test('a call that nobody serves comes back as "no responders"', async () => {
  const gateway = await bus.wire(bus.users.gateway);
  const answer = receiveOne(gateway, gatewayRepliesSubject('gw-1'));
  gateway.publish(callSubject({ ...to, function: 'nobody' }), Buffer.from('x'), REPLY);
  expect(await answer).toMatchObject({ subject: REPLY, noResponders: true });
  await gateway.close();
});

test('draining a subscription handles every message that was taken', async () => {
  const gateway = await bus.wire(bus.users.gateway);
  const cell = await bus.wire(bus.users.cell);
  let handled = 0;
  let unanswered = 0;
  gateway.subscribe(gatewayRepliesSubject('gw-1'), null, (_payload, _subject, _reply, noResponders) => {
    if (noResponders) unanswered++;
  });
  const subscription = cell.subscribe(callSubject(to), 'c', () => handled++);
  await cell.flush();
  const SENT = 5_000;
  for (let sent = 0; sent < SENT; sent++) gateway.publish(callSubject(to), Buffer.from('x'), REPLY);
  await subscription.drain();
  const atDrain = handled;
  await gateway.flush();
  await cell.flush();
  expect(handled).toBe(atDrain);
  expect(handled + unanswered).toBe(SENT);
  await Promise.all([gateway.close(), cell.close()]);
});

test('what is gathered in a turn is published at its end, and a flush waits for it too', async () => {
  const gateway = await bus.wire(bus.users.gateway);
  const cell = await bus.wire(bus.users.cell);
  const got: string[] = [];
  cell.subscribe(callSubject(to), 'c', (payload) => got.push(payload.toString()));
  await cell.flush();
  gateway.atTurnEnd(() => gateway.publish(callSubject(to), Buffer.from('gathered'), REPLY));
  gateway.publish(callSubject(to), Buffer.from('at once'), REPLY);
  await gateway.flush();
  await cell.flush();
  expect(got).toEqual(['at once', 'gathered']);
  await Promise.all([gateway.close(), cell.close()]);
});

test('what was gathered is published before a connection closes', async () => {
  const gateway = await bus.wire(bus.users.gateway);
  const cell = await bus.wire(bus.users.cell);
  const got = new Promise<string>((resolve) => {
    cell.subscribe(callSubject(to), 'c', (payload) => resolve(payload.toString()));
  });
  await cell.flush();
  gateway.atTurnEnd(() => gateway.publish(callSubject(to), Buffer.from('last'), REPLY));
  await gateway.close();
  expect(await got).toBe('last');
  await cell.close();
});

test('a message over the server’s limit is refused before it is sent, with both sizes', async () => {
  const gateway = await bus.wire(bus.users.gateway);
  expect(() => gateway.publish(callSubject(to), Buffer.alloc(2_000_000), REPLY)).toThrow(
    "a message of 2000000 bytes exceeds the bus's limit of 1048576",
  );
  await gateway.close();
});

test('while the server is down a publish fails at once, and after its return the subscriptions work again', async () => {
  await using own = await startPlatformBus();
  const gateway = await own.wire(own.users.gateway);
  const lost = state(gateway, false);
  await own.nats.kill();
  await lost;
  expect(() => gateway.publish(callSubject(to), Buffer.from('x'), REPLY)).toThrow(
    expect.objectContaining({ code: 'bus-unavailable' }),
  );
  const answer = receiveOne(gateway, gatewayRepliesSubject('gw-1'));
  const back = state(gateway, true);
  await own.nats.restart();
  await back;
  gateway.publish(callSubject(to), Buffer.from('x'), REPLY);
  expect((await answer).noResponders).toBe(true);
  await gateway.close();
});

test('a credential of another operator is refused', async () => {
  await using other = await startPlatformBus();
  await expect(bus.wire(other.users.gateway)).rejects.toMatchObject({ code: 'bus-unavailable' });
});

test('an expired credential is refused', async () => {
  const expired = await bus.credential('late', { publish: ['a'], subscribe: ['a'] }, new Date(Date.now() - 60_000));
  await expect(bus.wire(expired)).rejects.toMatchObject({ code: 'bus-unavailable' });
});

test('something that is no NATS server is refused with what it said', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = await dial({ host: '127.0.0.1', port });
  await expect(WireConnection.open(socket, { credential: bus.users.cell, name: 'c1' })).rejects.toThrow(
    'malformed message line "1.1 400 Bad Request"',
  );
  server.close();
});

function receiveOne(client: WireClient, subject: string) {
  return new Promise<{ payload: Buffer; subject: string; noResponders: boolean }>((resolve) => {
    const subscription = client.subscribe(subject, null, (payload, at, _reply, noResponders) => {
      subscription.unsubscribe();
      resolve({ payload: Buffer.from(payload), subject: at, noResponders });
    });
  });
}

function state(client: WireClient, connected: boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = client.onState((now) => {
      if (now !== connected) return;
      stop();
      resolve();
    });
  });
}
