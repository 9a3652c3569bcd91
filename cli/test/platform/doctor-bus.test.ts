import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { type NatsServer, startNats } from '@sovfn/testkit';
import { checkDurableWrites, checkSubscriptions } from '../../src/platform/doctor/bus.ts';
import type { PlatformRecord } from '../../src/platform/record.ts';

test('doctor names who listens to calls and is neither cell nor supervisor', async () => {
  await using nats = await startNats();
  const running = recordOf(nats);
  const cell = await subscribe(nats, 'inv.fr.main.*.* c');
  const supervisor = await subscribe(nats, 'place.fr s');
  const other = await subscribe(nats, 'log.>');
  expect(await checkSubscriptions(running)).toMatchObject({ state: 'ok' });

  for (const subject of ['>', '*.fr', 'inv.>', 'inv.fr.main.a.b s', 'place.fr']) {
    const tap = await subscribe(nats, subject);
    const finding = await checkSubscriptions(running);
    expect(finding).toMatchObject({ state: 'fail', check: 'call-subjects' });
    expect(finding.detail).toMatch(`listens to "${subject.split(' ')[0]!}", which only cells and supervisors may`);
    tap.destroy();
    await expect.poll(async () => (await checkSubscriptions(running)).state).toBe('ok');
  }
  for (const socket of [cell, supervisor, other]) socket.destroy();
});

test('doctor fails a server that does not sync every message to disk', async () => {
  await using nats = await startNats({ jetstream: '' });
  expect(await checkDurableWrites(recordOf(nats))).toMatchObject({
    state: 'fail',
    hint: 'Set `sync_interval: always` in the jetstream block of its configuration.',
  });
});

function recordOf(nats: NatsServer): PlatformRecord {
  return { ports: { monitor: Number(new URL(nats.monitorUrl).port) } } as PlatformRecord;
}

async function subscribe(nats: NatsServer, subjectAndQueue: string): Promise<Socket> {
  const socket = connect(nats.address);
  socket.write(`CONNECT {"verbose":false}\r\nSUB ${subjectAndQueue} 1\r\nPING\r\n`);
  for await (const [bytes] of onData(socket)) if (bytes.includes('PONG')) break;
  return socket;
}

async function* onData(socket: Socket): AsyncGenerator<[Buffer]> {
  for (;;) yield (await once(socket, 'data')) as [Buffer];
}
