import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type LogEvent, logSubject } from '@sovfn/protocol';
import { type NatsServer, startNats } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BusWatch } from './bus-watch.ts';
import { LogFollower } from './log-follower.ts';

const OF = { tenant: 'main', function: 'chatty' };
const MIB = 1024 * 1024;

let nats: NatsServer;
let connection: NatsConnection;
beforeAll(async () => {
  nats = await startNats();
  connection = await connect({ servers: `${nats.address.host}:${nats.address.port}` });
});
afterAll(async () => {
  await connection.close();
  await nats[Symbol.asyncDispose]();
});

test('a reader that does not read costs bounded memory, and learns how many lines it missed', async () => {
  const busWatch = new BusWatch(connection);
  const onInvalid = (reason: string) => expect.unreachable(reason);
  const follower = await LogFollower.start({ connection, busWatch, zones: ['fr'], of: OF, onInvalid });
  const sent = 500;
  for (let i = 0; i < sent; i++) connection.publish(logSubject({ zone: 'fr', ...OF }), JSON.stringify(lineOf(i)));
  await connection.flush();
  expect(follower.readableLength).toBeLessThan(1.5 * MIB);

  const kinds: string[] = [];
  let dropped = 0;
  for await (const block of follower) {
    for (const [, type, data] of String(block).matchAll(/^event: (\w+)\ndata: (.*)$/gm)) {
      kinds.push(type!);
      if (type === 'gap') dropped = (JSON.parse(data!) as { dropped: number }).dropped;
    }
    if (dropped > 0) break;
  }
  const shown = kinds.filter((kind) => kind === 'log').length;
  expect(kinds.at(-1)).toBe('gap');
  expect(shown + dropped).toBe(sent);
  expect(follower.destroyed).toBe(true);
});

/** Eight kilobytes a line. */
function lineOf(number: number): LogEvent {
  return {
    v: 1,
    type: 'line',
    time: '2026-11-24T12:00:00.000Z',
    function: 'chatty',
    version: '1'.repeat(64),
    invocation: null,
    node: 'node-1',
    level: 'info',
    text: `${number} ${'x'.repeat(8_000)}`,
    outcome: null,
    cpuUs: null,
    wallUs: null,
    cold: null,
  };
}
