import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectBus, SealedBox } from '@sovfn/bus';
import {
  grantedSecretsSchema,
  gatewayPermissions,
  inboxPrefix,
  secretKey,
  secretsContext,
  SECRETS_BUCKET,
  sealedAnswerSchema,
  secretsSubject,
} from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench, deployRequest } from '../control/control-bench.ts';

let control: ControlBench;
let node: NatsConnection;
beforeAll(async () => {
  control = await ControlBench.start();
  node = await connectBus({
    address: control.bench.nats.address,
    credential: await control.bench.supervisorCredential('node-1'),
    name: 'node-1',
    inboxPrefix: `${inboxPrefix('node')}.node-1`,
  });
});
afterAll(async () => {
  await node.close();
  await control[Symbol.asyncDispose]();
});

test('a secret is set before the first deploy, and no answer holds its value', async () => {
  const answer = await set('early', 'TOKEN', 'value-1');
  expect(answer.json).toMatchObject({ function: 'early', secret: { name: 'TOKEN', version: 1, isUsed: false } });
  const list = await control.ask('GET', '/v1/functions/early/secrets');
  expect(list.json).toMatchObject({
    secrets: [{ name: 'TOKEN', version: 1, previousAcceptedUntil: null }],
    missing: [],
  });
  expect(JSON.stringify([answer.json, list.json])).not.toContain('value-1');
  expect((await control.send('GET', '/v1/functions/early/secrets/TOKEN')).status).toBe(405);
});

test('a new value is a new version, the same value is none, and the one before is accepted for the overlap', async () => {
  await set('turning', 'KEY', 'one');
  expect((await set('turning', 'KEY', 'one')).json).toMatchObject({
    secret: { version: 1, previousAcceptedUntil: null },
  });
  const second = (await set('turning', 'KEY', 'two', 3_600_000)).json as Answer;
  expect(second.secret.version).toBe(2);
  const overlapMs = Date.parse(second.secret.previousAcceptedUntil!) - Date.now();
  expect(overlapMs).toBeGreaterThan(3_500_000);
  expect(overlapMs).toBeLessThanOrEqual(3_600_000);
  expect((await set('turning', 'KEY', 'three', 0)).json).toMatchObject({
    secret: { version: 3, previousAcceptedUntil: null },
  });
});

test('a deleted secret is gone, and the next one does not take its version again', async () => {
  await set('deleting', 'KEY', 'one');
  expect((await control.ask('DELETE', '/v1/functions/deleting/secrets/KEY')).status).toBe(200);
  expect((await control.ask('GET', '/v1/functions/deleting/secrets')).json).toMatchObject({ secrets: [] });
  const again = await control.refused('DELETE', '/v1/functions/deleting/secrets/KEY');
  expect(again).toMatchObject({ status: 404, code: 'secret-not-found' });
  expect((await set('deleting', 'KEY', 'one')).json).toMatchObject({ secret: { version: 3 } });
});

test('two people who set the same secret at once both succeed, one after the other', async () => {
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((value) => set('racing', 'KEY', value)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(answers.map(({ json }) => (json as Answer).secret.version).toSorted()).toEqual([1, 2, 3, 4]);
});

test.each<[string, unknown]>([
  ['an empty value', { v: 1, value: '', overlapMs: null }],
  ['a value that is too long', { v: 1, value: 'x'.repeat(65_537), overlapMs: null }],
  ['a value with a NUL', { v: 1, value: 'a\0b', overlapMs: null }],
  ['an overlap of a year', { v: 1, value: 'x', overlapMs: 365 * 86_400_000 }],
  ['a missing overlap', { v: 1, value: 'x' }],
])('%s is refused, and the value is not in the answer', async (_what, body) => {
  const problem = await control.refused('PUT', '/v1/functions/refusing/secrets/KEY', { body });
  expect(problem).toMatchObject({ status: 400, code: 'bad-request' });
  expect(problem.detail).not.toContain('xxxx');
});

test('a name that no variable can have is refused', async () => {
  const path = '/v1/functions/refusing/secrets/1.BAD';
  expect(await control.refused('PUT', path, { body: { v: 1, value: 'x', overlapMs: null } })).toMatchObject({
    status: 400,
  });
});

test('a deploy says which secrets are not set, and the list does too', async () => {
  const webhooks = [{ name: 'in', provider: 'stripe', secret: 'HOOK' }] as never;
  await set('wanting', 'THERE', 'x');
  const request = deployRequest({ name: 'wanting', secrets: [{ name: 'THERE', expose: true }, 'MISSING'], webhooks });
  const deployed = await control.ask('PUT', '/v1/functions/wanting', { body: request });
  expect(deployed.json).toMatchObject({ missingSecrets: ['MISSING', 'HOOK'] });
  expect((await control.ask('GET', '/v1/functions/wanting/secrets')).json).toMatchObject({
    secrets: [{ name: 'THERE', isUsed: true, code: { isExposed: true, isForSigning: false, origins: [] } }],
    missing: ['MISSING', 'HOOK'],
  });
});

test('purging a function removes its secrets', async () => {
  await set('purging', 'KEY', 'x');
  await control.ask('PUT', '/v1/functions/purging', { body: deployRequest({ name: 'purging', secrets: ['KEY'] }) });
  await control.ask('DELETE', '/v1/functions/purging?purge=true');
  expect((await control.ask('GET', '/v1/functions/purging/secrets')).json).toMatchObject({ secrets: [] });
});

test('a node gets the secrets of a function of its zone, sealed for itself', async () => {
  await set('granting', 'KEY', 'top-secret-value');
  const request = deployRequest({ name: 'granting', secrets: ['KEY', 'NOT_SET'] });
  await control.ask('PUT', '/v1/functions/granting', { body: request });
  const box = new SealedBox();
  const of = { tenant: 'main', function: 'granting', version: request.version };
  const reply = await ask('fr', { v: 1, ...of, names: ['KEY', 'NOT_SET'], publicKey: box.publicKey });
  expect(JSON.stringify(reply)).not.toContain('top-secret');
  const { sealed } = sealedAnswerSchema.parse(reply);
  const granted = grantedSecretsSchema.parse(
    JSON.parse(box.open(sealed, secretsContext('fr', 'node-1', of)).toString()),
  );
  expect(granted).toEqual({ KEY: { version: 1, value: 'top-secret-value' }, NOT_SET: { version: 0, value: null } });
});

test('a node gets none of a function that its zone does not run, or of a version that is not known', async () => {
  const publicKey = new SealedBox().publicKey;
  const names = ['KEY'];
  const unknown = { v: 1, tenant: 'main', function: 'granting', version: 'f'.repeat(64), names, publicKey };
  expect(await ask('fr', unknown)).toMatchObject({ status: 403, code: 'forbidden' });
  const other = { ...unknown, tenant: 'acme' };
  expect(await ask('fr', other)).toMatchObject({ status: 403, code: 'forbidden' });
  expect(await ask('fr', { ...unknown, publicKey: 'AAAA', version: 'x' })).toMatchObject({ code: 'bad-message' });
  expect(await control.bench.event('secrets-refused')).toMatchObject({ node: 'node-1' });
});

test('a node can neither read the bucket nor ask in the name of another node or zone', async () => {
  await expect(
    new Kvm(node).open(SECRETS_BUCKET).then((kv) => kv.get(secretKey('main', 'granting', 'KEY'))),
  ).rejects.toThrow();
  for (const subject of [secretsSubject('fr', 'node-2'), secretsSubject('de', 'node-1')]) {
    await expect(node.request(subject, '{}', { timeout: 1_000 })).rejects.toThrow(/permissions violation/i);
  }
});

test('what lies in NATS is sealed', async () => {
  const { credential } = await control.bench.gatewayCredential('gw-1');
  const prefix = `${inboxPrefix('gateway')}.gw-1.test`;
  const { address } = control.bench.nats;
  expect(gatewayPermissions('gw-1', ['fr']).subscribe).toContain('sec.fr.* g');
  const connection = await connectBus({ address, credential, name: 'test', inboxPrefix: prefix });
  const kv = await new Kvm(connection).open(SECRETS_BUCKET);
  const entry = await kv.get(secretKey('main', 'granting', 'KEY'));
  expect(entry?.string()).toContain('"version":1');
  expect(entry?.string()).not.toContain('top-secret');
  await connection.close();
});

interface Answer {
  readonly secret: { readonly version: number; readonly previousAcceptedUntil: string | null };
}

function set(name: string, secret: string, value: string, overlapMs: number | null = null) {
  return control.ask('PUT', `/v1/functions/${name}/secrets/${secret}`, { body: { v: 1, value, overlapMs } });
}

async function ask(zone: string, request: object): Promise<object> {
  const reply = await node.request(secretsSubject(zone, 'node-1'), JSON.stringify(request), { timeout: 5_000 });
  return reply.json();
}
