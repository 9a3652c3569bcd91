import {
  cellInboxPrefix,
  gatewayPermissions,
  logSubject,
  replySubjectPrefix,
  supervisorPermissions,
  tenantCallsSubject,
} from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectBus } from '../src/index.ts';
import type { BusCredential } from '../src/wire/index.ts';
import { type PlatformBus, startPlatformBus, ZONE } from './platform-bus.ts';

let bus: PlatformBus;
beforeAll(async () => {
  bus = await startPlatformBus();
});
afterAll(() => bus[Symbol.asyncDispose]());

const version = 'a'.repeat(32);

test.each([
  ['answer another tenant’s caller', 'cell', `${replySubjectPrefix('gw-1', ZONE, 'other')}1`],
  ['answer a caller of another zone', 'cell', `${replySubjectPrefix('gw-1', 'de', 'main')}1`],
  ['write another tenant’s log', 'cell', logSubject({ zone: ZONE, tenant: 'other', function: 'f' })],
  ['write a log of another zone', 'cell', logSubject({ zone: 'de', tenant: 'main', function: 'f' })],
  ['read the logs of a zone', 'cell', `$JS.API.CONSUMER.CREATE.LOG_${ZONE}`],
  ['write a log of another zone', 'node', logSubject({ zone: 'de', tenant: 'main', function: 'f' })],
  ['read the logs of a zone', 'node', `$JS.API.CONSUMER.CREATE.LOG_${ZONE}`],
  ['read a message of a log', 'node', `$JS.API.DIRECT.GET.LOG_${ZONE}`],
  ['remove logs', 'node', `$JS.API.STREAM.PURGE.LOG_${ZONE}`],
  ['make the stream of logs', 'node', `$JS.API.STREAM.CREATE.LOG_${ZONE}`],
  ['write a function’s log', 'gateway', logSubject({ zone: ZONE, tenant: 'main', function: 'f' })],
  ['call a function past the gateway', 'cell', `inv.${ZONE}.main.f.${version}`],
  ['place a call', 'cell', `place.${ZONE}.fr`],
  ['send to another cell', 'cell', `${cellInboxPrefix(ZONE, 'main', 'c2')}gw-1.1`],
  ['ask for a credential', 'cell', 'cred.node-1'],
  ['touch JetStream', 'cell', '$JS.API.STREAM.LIST'],
  ['deploy by writing the registry', 'cell', '$KV.functions.main.f'],
  ['deploy by writing the registry', 'node', '$KV.functions.main.f'],
  ['state receipts', 'cell', 'rct.fr.node.node-1'],
  ['state another node’s receipts', 'node', 'rct.fr.node.node-2'],
  ['state a gateway’s receipts', 'node', 'rct.fr.gateway.gw-1'],
  ['state receipts of another zone', 'node', 'rct.de.node.node-1'],
  ['state a node’s receipts', 'gateway', 'rct.fr.node.node-1'],
  ['remove receipts', 'node', '$JS.API.STREAM.PURGE.RCT_fr'],
  ['read receipts', 'node', '$JS.API.DIRECT.GET.RCT_fr'],
  ['write another node’s record', 'node', '$KV.nodes.node-2'],
  ['end the calls of another node', 'node', 'up.fr.node-2'],
  ['end the calls of a node', 'cell', 'up.fr.node-1'],
  ['ask for a credential in another node’s name', 'node', 'cred.node-2'],
  ['make a stream', 'node', '$JS.API.STREAM.CREATE.X'],
  ['write a value of a binding', 'cell', '$KV.kv-fr.main.f.STATE.key'],
  ['write a value of another zone', 'node', '$KV.kv-de.main.f.STATE.key'],
  ['purge the values of a zone', 'node', '$JS.API.STREAM.PURGE.KV_kv-fr'],
  ['call a function through a gateway', 'cell', 'svc.fr'],
  ['call a function of another zone', 'node', 'svc.de'],
  ['make an event', 'node', 'evt.fr.any.main.f.01jdxq0000000000000000test'],
  ['make an event that is delayed', 'node', 'sched.fr.main.f.01jdxq0000000000000000test'],
  ['put a message into a queue of another zone', 'node', 'que.de.main.f.01jdxq0000000000000000test'],
  ['accept an event by its marker', 'node', 'idem.fr.main.f.00'],
  ['read the events of a zone', 'node', '$JS.API.CONSUMER.CREATE.EVT_fr'],
  ['ask for secrets', 'cell', 'sec.fr.node-1'],
  ['ask for secrets of another zone', 'node', 'sec.de.node-1'],
  ['ask for secrets in another node’s name', 'node', 'sec.fr.node-2'],
  ['set a secret', 'node', '$KV.secrets.main.f.KEY'],
  ['read a sealed secret', 'node', '$JS.API.DIRECT.GET.KV_secrets.$KV.secrets.main.f.KEY'],
  ['watch sealed secrets', 'node', '$JS.API.CONSUMER.CREATE.KV_secrets'],
  ['purge the registry', 'node', '$JS.API.STREAM.PURGE.KV_functions'],
  ['answer a caller of another zone', 'node', `${replySubjectPrefix('gw-1', 'de', 'main')}1`],
  ['send a call to a zone it may not reach', 'gateway', `inv.de.main.f.${version}`],
  ['place a call in a zone it may not reach', 'gateway', 'place.de.de'],
] as const)('the server refuses that a component may %s (%s → %s)', async (_what, user, subject) => {
  expect(await refusals(bus.users[user], (client) => client.publish(subject, Buffer.from('x')))).toEqual([
    `Permissions Violation for Publish to "${subject}"`,
  ]);
});

test.each([
  ['cell', tenantCallsSubject(ZONE, 'main'), null],
  ['cell', tenantCallsSubject(ZONE, 'main'), 'x'],
  ['cell', tenantCallsSubject(ZONE, 'other'), 'c'],
  ['cell', 'inv.>', 'c'],
  ['cell', '>', null],
  ['cell', '_R.>', null],
  ['cell', `place.${ZONE}.fr`, 's'],
  ['cell', `${cellInboxPrefix(ZONE, 'main', 'c2')}>`, null],
  ['cell', 'svc.fr', 'g'],
  ['node', 'svc.fr', 'g'],
  ['gateway', 'svc.fr', null],
  ['node', 'sec.fr.*', 'g'],
  ['gateway', 'sec.fr.*', null],
  ['node', tenantCallsSubject(ZONE, 'main'), 'c'],
  ['node', `place.${ZONE}.fr`, null],
  ['node', 'place.de.de', 's'],
  ['node', `place.${ZONE}.de`, 's'],
  ['node', `place.${ZONE}.*`, 's'],
  ['node', '_INBOX_node.node-2.>', null],
  ['gateway', 'inv.>', null],
  ['gateway', '_R.gw-2.>', null],
] as const)('the server refuses that a %s listens on %s in the group %s', async (user, subject, queue) => {
  const [refusal] = await refusals(bus.users[user], (client) => client.subscribe(subject, queue, () => undefined));
  expect(refusal).toContain(`Permissions Violation for Subscription to "${subject}"`);
});

async function refusals(
  user: BusCredential,
  act: (client: Awaited<ReturnType<PlatformBus['wire']>>) => void,
): Promise<string[]> {
  const seen: string[] = [];
  const client = await bus.wire(user, (text) => seen.push(text));
  act(client);
  await client.flush();
  await client.close();
  return seen;
}

test('a node and a gateway of forty zones are let in', async () => {
  const zones = Array.from({ length: 40 }, (_, i) => `a-zone-with-a-long-name-${i}`);
  const users = [
    await bus.credential('node-9', supervisorPermissions('node-9', zones, 'FR')),
    await bus.credential('gw-9', gatewayPermissions('gw-9', zones)),
  ];
  for (const credential of users) {
    const connection = await connectBus({ address: bus.nats.address, credential, name: 'many', inboxPrefix: 'many' });
    await connection.close();
    const wire = await bus.wire(credential);
    expect(wire.isConnected).toBe(true);
    await wire.close();
  }
});
