import { connectBus, createUserKey, Enrolments } from '@sovfn/bus';
import { dial, WireConnection } from '@sovfn/bus/wire';
import { credentialResponseSchema, credentialSubject, inboxPrefix, tenantCallsSubject } from '@sovfn/protocol';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';

let bench: GatewayBench;
let node: NatsConnection;
beforeAll(async () => {
  bench = await GatewayBench.start();
  node = await connectBus({
    address: bench.nats.address,
    credential: await bench.supervisorCredential('node-1'),
    name: 'node-1',
    inboxPrefix: `${inboxPrefix('node')}.node-1`,
  });
});
afterAll(async () => {
  await node.close();
  await bench[Symbol.asyncDispose]();
});

test('a cell gets a credential that lets its key serve its tenant and nothing else, for twelve hours', async () => {
  const { publicKey, seed } = createUserKey();
  const granted = credentialResponseSchema.parse(await ask({ ...REQUEST, publicKey }));
  const hours = (Date.parse(granted.expiresAt) - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(11.9);
  expect(hours).toBeLessThanOrEqual(12);
  const refusals: string[] = [];
  const credential = { jwt: granted.jwt, seed: new TextEncoder().encode(seed) };
  const connection = await WireConnection.open(await dial(bench.nats.address), {
    credential,
    name: 'cell-1',
    onRefused: (text) => refusals.push(text),
  });
  connection.subscribe(tenantCallsSubject('fr', 'main'), 'c', () => undefined);
  connection.subscribe(tenantCallsSubject('fr', 'other'), 'c', () => undefined);
  await connection.flush();
  expect(refusals).toHaveLength(1);
  expect(refusals[0]).toContain('inv.fr.other');
  await connection.close();
});

test.each<[string, object, string]>([
  ['a zone the gateway does not serve', { zone: 'de' }, 'this gateway grants nothing in the zone "de"'],
  ['a tenant that would widen a subject', { tenant: '*' }, 'a request for a credential is malformed'],
  ['a key that is no user key', { publicKey: 'SUAAA' }, 'a request for a credential is malformed'],
  ['more than it asks for', { permissions: ['>'] }, 'a request for a credential is malformed'],
])('a request with %s is refused with the reason, and logged', async (_what, wrong, reason) => {
  const answer = await ask({ ...REQUEST, publicKey: createUserKey().publicKey, ...wrong });
  expect(answer).toMatchObject({
    status: expect.any(Number) as number,
    detail: expect.stringContaining(reason) as string,
  });
  expect(await bench.event('credential-refused')).toMatchObject({ node: 'node-1' });
});

test('bytes that are no JSON are refused, and the next request is answered', async () => {
  const reply = await node.request(credentialSubject('node-1'), 'not json', { timeout: 5_000 });
  expect(reply.json()).toMatchObject({ code: 'bad-message', detail: 'a request for a credential is not JSON' });
  expect(
    credentialResponseSchema.safeParse(await ask({ ...REQUEST, publicKey: createUserKey().publicKey })).success,
  ).toBe(true);
});

const REQUEST = { v: 1, zone: 'fr', tenant: 'main', cell: 'cell-1' };

async function ask(request: object): Promise<object> {
  const reply = await node.request(credentialSubject('node-1'), JSON.stringify(request), { timeout: 5_000 });
  return reply.json();
}

test('a node of another host gets cells of the zones it serves only, and none once it was removed', async () => {
  const enrolment = '0'.repeat(32);
  const gateway = await connectBus({
    ...{ address: bench.nats.address, credential: (await bench.gatewayCredential('gw-2')).credential, name: 'gw-2' },
    inboxPrefix: `${inboxPrefix('gateway')}.gw-2`,
  });
  const enrolments = await Enrolments.open(gateway, () => undefined);
  const admit = (zones: string[], state: 'admitted' | 'removed'): Promise<void> =>
    enrolments.put({ v: 1, node: 'node-1', enrolment, zones, state });
  const { publicKey } = createUserKey();
  await admit(['de'], 'admitted');
  await expect
    .poll(() => ask({ ...REQUEST, publicKey }))
    .toMatchObject({
      code: 'forbidden',
      detail: 'node "node-1" serves de: it gets no cell in the zone "fr"',
    });
  await admit(['fr'], 'admitted');
  await expect
    .poll(async () => credentialResponseSchema.safeParse(await ask({ ...REQUEST, publicKey })).success)
    .toBe(true);
  await admit(['fr'], 'removed');
  await expect
    .poll(() => ask({ ...REQUEST, publicKey }))
    .toMatchObject({
      code: 'forbidden',
      detail: 'node "node-1" was removed: it gets no cell in the zone "fr"',
    });
  enrolments.close();
  await gateway.close();
});
