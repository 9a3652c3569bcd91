import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { type NatsServer, startNats, startNatsCluster } from '@sovfn/testkit';
import { checkDurableWrites, checkSubscriptions } from '../../src/platform/doctor/bus.ts';
import { checkBusRoom, checkReplicas } from '../../src/platform/doctor/streams.ts';
import { makeSay } from '../../src/language.ts';
import { en } from '../../src/messages/en.ts';
import type { PlatformRecord } from '../../src/platform/record.ts';

const say = makeSay(en);

const SYSTEM_ACCOUNT =
  'accounts { SYS { users: [{ user: s, password: s }] }, A { jetstream: enabled, users: [{ user: u, password: p }] } }\nsystem_account: SYS';

test('doctor names who listens to calls and is neither cell nor supervisor', async () => {
  await using nats = await startNats();
  const running = recordOf(nats);
  const cell = await subscribe(nats, 'inv.fr.main.*.* c');
  const supervisor = await subscribe(nats, 'place.fr s');
  const other = await subscribe(nats, 'log.>');
  expect(await checkSubscriptions(running, say)).toMatchObject({ state: 'ok' });

  for (const subject of ['>', '*.fr', 'inv.>', 'inv.fr.main.a.b s', 'place.fr']) {
    const tap = await subscribe(nats, subject);
    const finding = await checkSubscriptions(running, say);
    expect(finding).toMatchObject({ state: 'fail', check: 'call-subjects' });
    expect(finding.detail).toMatch(`listens to "${subject.split(' ')[0]!}", which only cells and supervisors may`);
    tap.destroy();
    await expect.poll(async () => (await checkSubscriptions(running, say)).state).toBe('ok');
  }
  for (const socket of [cell, supervisor, other]) socket.destroy();
});

test('doctor fails a server that does not sync every message to disk', async () => {
  await using nats = await startNats({ jetstream: '' });
  expect(await checkDurableWrites(recordOf(nats), say)).toMatchObject({
    state: 'fail',
    hint: 'Set `sync_interval: always` in the jetstream block of its configuration.',
  });
});

test('doctor warns before nats-server has no more room for events, and fails when it has none', async () => {
  await using nats = await startNats({ jetstream: 'max_file_store: 1MiB' });
  const fill = async (bytes: number): Promise<void> => {
    const client = await connectNats({ servers: `127.0.0.1:${nats.address.port}` });
    const manager = await jetstreamManager(client);
    await manager.streams.add({ name: 'kept', subjects: ['kept'] });
    await manager.jetstream().publish('kept', new Uint8Array(bytes));
    await client.close();
  };
  expect(await checkBusRoom(recordOf(nats), say)).toMatchObject({
    state: 'ok',
    detail: expect.stringMatching(/^0 of 1 MiB/) as string,
  });
  await fill(820_000);
  expect(await checkBusRoom(recordOf(nats), say)).toMatchObject({ state: 'warn' });
  await fill(150_000);
  const full = await checkBusRoom(recordOf(nats), say);
  expect(full).toMatchObject({ state: 'fail', hint: expect.stringContaining('Raise `max_file`') as string });
});

test('doctor tells on how many servers streams lie, which lie on too few, and that one is missing', async () => {
  await using alone = await startNats();
  expect(await checkReplicas(recordOf(alone), say)).toMatchObject({
    state: 'ok',
    detail: 'streams: 0, on one nats-server: its disk is the only copy of what was accepted',
  });
  await using cluster = await startNatsCluster({ config: SYSTEM_ACCOUNT });
  const [first] = cluster.servers;
  const client = await connectNats({ servers: `127.0.0.1:${first.address.port}`, user: 'u', pass: 'p' });
  const { streams } = await jetstreamManager(client);
  await streams.add({ name: 'safe', subjects: ['safe'], num_replicas: 3 });
  await cluster.untilHealthy();
  await expect
    .poll(async () => checkReplicas(recordOf(first), say))
    .toMatchObject({ state: 'ok', detail: 'streams: 1, each on 3 of 3 nats-servers' });
  await streams.add({ name: 'single', subjects: ['single'], num_replicas: 1 });
  await cluster.untilHealthy();
  const details = async (): Promise<string[]> => {
    const findings = await Promise.all(cluster.servers.map(async (server) => checkReplicas(recordOf(server), say)));
    return findings.map(({ detail }) => detail);
  };
  await expect.poll(details).toContain('of 3 nats-servers, fewer than 3 keep single');
  await streams.delete('single');
  await client.close();
  await cluster.servers[2].kill();
  await expect
    .poll(async () => checkReplicas(recordOf(first), say))
    .toMatchObject({
      state: 'fail',
      detail: expect.stringContaining('n1 reaches 2 of 3 nats-servers, itself included') as string,
      hint: expect.stringContaining('Start the nats-server') as string,
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
