import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connectBus } from '@sovfn/bus';
import {
  type AuditEntry,
  type AuditList,
  AuditLogCheck,
  type AuditPage,
  egressSubject,
  inboxPrefix,
  readableJson,
  readAuditCopy,
  type TokenAnswer,
  verifyAuditExport,
} from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  COUNTED_OPERATIONS,
  type Operation,
  RECORDED_OPERATIONS,
  ROUTE_SCOPES,
} from '../../src/control/access/route-scopes.ts';
import { ControlBench, deployRequest } from './control-bench.ts';

let control: ControlBench;
beforeAll(async () => {
  control = await ControlBench.start();
});
afterAll(() => control[Symbol.asyncDispose]());

const key = () => control.bench.platform.signer.publicKey;

async function done(method: string, path: string, body?: object): Promise<unknown> {
  const isOfOperator = /[?&](?:all|tenant)=/.test(path);
  const at = isOfOperator ? ({ at: 'operator' } as const) : {};
  const { status, json } = await control.ask(method, path, body === undefined ? at : { body, ...at });
  expect([path, status, json]).toEqual([path, 200, json]);
  return json;
}

const entries = async (query = 'limit=500'): Promise<AuditEntry[]> =>
  ((await done('GET', `/v1/audit?${query}`)) as AuditList).entries;

/** What is stored, verified from its first entry on. */
async function verified(copy?: ReadonlyMap<number, string>): Promise<number> {
  const check = new AuditLogCheck(key(), copy);
  for (let from: number | null = 1; from !== null;) {
    const page: AuditPage = (await done('GET', `/v1/audit/log?from=${from}`)) as AuditPage;
    for (const record of page.records) check.add(record);
    from = page.next;
  }
  check.end();
  return check.size;
}

const copyOf = async (gateway: string) =>
  readAuditCopy(await readFile(join(control.bench.config.dataDir, `audit-checkpoints-${gateway}.jsonl`), 'utf8'));

test('every route that changes something is in the audit log, but for calls, readings, and logins, which have entries of their own', async () => {
  const changing = Object.entries(control.paths).flatMap(([, methods]) =>
    Object.entries(methods).flatMap(([method, { operationId }]) =>
      method === 'get' ? [] : [operationId as Operation],
    ),
  );
  const unseen = changing.filter(
    (operation) => !RECORDED_OPERATIONS.has(operation) && !COUNTED_OPERATIONS.has(operation),
  );
  expect(unseen).toEqual(['logIn', 'invokeFunction', 'acceptEvent', 'verifyOutput']);
  for (const operation of [...RECORDED_OPERATIONS, ...COUNTED_OPERATIONS])
    expect(ROUTE_SCOPES).toHaveProperty(operation);
});

test('a change has an entry with who, what and where; it holds neither secret nor body', async () => {
  const request = deployRequest({ name: 'ledger' }, 'export default "canary-body"');
  await done('PUT', '/v1/functions/ledger', request);
  await done('PUT', '/v1/functions/ledger/secrets/KEY', { v: 1, value: 'canary-secret', overlapMs: null });
  const body = { v: 1, name: 'ci', tenant: null, function: null, role: 'auditor', scopes: [], expiresAt: null };
  const { secret } = (await done('POST', '/v1/tokens', body)) as { secret: string };
  const [issued, made, set, deployed] = await entries('limit=4');
  const by = { tenant: 'main', actor: 'owner', gateway: 'gw-1' };
  expect(deployed).toMatchObject({
    ...by,
    ...{ action: 'deployFunction', function: 'ledger', details: { version: request.version } },
  });
  expect(set).toMatchObject({ ...by, action: 'setSecret', function: 'ledger', details: { secret: 'KEY' } });
  expect(made).toMatchObject({ ...by, action: 'createToken', details: { name: 'ci', role: 'auditor' } });
  expect(issued).toMatchObject({ ...by, action: 'tokenIssued', details: { name: 'ci', token: secret.split('_')[1] } });
  const raw = ((await done('GET', '/v1/audit/log')) as AuditPage).records.join('\n');
  expect(raw).not.toMatch(/canary/);
  expect(raw).not.toContain(secret.slice(-43));
  await control.refused('DELETE', '/v1/functions/ledger/secrets/NONE');
  const [failed, asked] = await entries('limit=2');
  expect(failed).toMatchObject({ action: 'requestFailed', details: { of: asked!.index, code: 'secret-not-found' } });
});

test('failed logins and reads of payloads are counted, not listed one by one', async () => {
  for (let i = 0; i < 4; i++) await control.refused('GET', '/v1/functions', { token: 'wrong' });
  for (let i = 0; i < 3; i++) await done('GET', '/v1/functions/ledger/logs');
  const all = await entries('all=true&limit=500');
  const failures = all.filter(({ action }) => action === 'loginFailed');
  const total = failures.reduce((sum, { details }) => sum + Number(details.count ?? 1), 0);
  expect(total).toBe(4);
  expect(failures[0]).toMatchObject({ tenant: null, actor: 'platform', details: { reason: 'unknown' } });
  const reads = all.filter(({ action }) => action === 'readLogs');
  expect(reads.reduce((sum, { details }) => sum + Number(details.count ?? 1), 0)).toBe(3);
  expect(all.at(-1)).toMatchObject({ index: 0, action: 'loggingStarted' });
});

test('what a token may not is counted under its id', async () => {
  const body = { v: 1, name: 'eye', tenant: null, function: null, role: 'observer', scopes: [], expiresAt: null };
  const { token, secret } = (await done('POST', '/v1/tokens', body)) as TokenAnswer;
  for (let i = 0; i < 2; i++) await control.refused('DELETE', '/v1/functions/ledger', { token: secret });
  const refused = (await entries()).find(({ action }) => action === 'accessRefused');
  expect(refused).toMatchObject({ actor: token.id, details: { operation: 'deleteFunction', count: 2 } });
});

test('a call that no node may run is counted as a refusal of residency', async () => {
  await control.bench.untilVisible(await control.bench.deploy({ name: 'nowhere' }));
  expect((await fetch(`${control.bench.url}/fn/nowhere/`)).status).toBe(503);
  const found = (await entries()).find(({ action }) => action === 'residencyRefused');
  expect(found).toMatchObject({ tenant: 'main', function: 'nowhere', details: { zone: 'fr' } });
});

test('requests to the outside that a node refused are counted for their function', async () => {
  const { address } = control.bench;
  const credential = await control.bench.supervisorCredential('node-1');
  const connection = await connectBus({
    address,
    credential,
    name: 'node-1',
    inboxPrefix: `${inboxPrefix('node')}.node-1`,
  });
  const entry = {
    ...{ time: '2026-11-27T08:00:00Z', invocation: null, method: 'GET', origin: 'https://éxample.org', address: null },
    ...{ country: null, outcome: 'refused', status: null, sentBytes: 0, receivedBytes: 0, wallMs: 0, reason: 'no' },
  } as const;
  const asked = [entry, { ...entry, outcome: 'answered' as const, origin: 'https://fine.org' }, entry];
  const batch = { v: 1, function: 'ledger', version: ''.padEnd(64, '1'), node: 'node-1', entries: asked, lost: 0 };
  const subject = egressSubject({ zone: 'fr', tenant: 'main', function: 'ledger' });
  await jetstream(connection).publish(subject, JSON.stringify(batch));
  await connection.close();
  let found: AuditEntry | undefined;
  while (found === undefined) found = (await entries()).find(({ action }) => action === 'egressRefused');
  const details = { origin: 'https://?xample.org', count: 2 };
  expect(found).toMatchObject({ tenant: 'main', function: 'ledger', details });
});

test('the log verifies from its first entry, against the copy too; pages of a list fit together', async () => {
  const copy = await copyOf('gw-1');
  expect(await verified(copy)).toBeGreaterThanOrEqual(copy.size);
  const whole = await entries();
  const pages: AuditEntry[] = [];
  for (let next: number | null = 1e6; next !== null;) {
    const page: AuditList = (await done('GET', `/v1/audit?limit=2&before=${next}`)) as AuditList;
    pages.push(...page.entries);
    next = page.next;
  }
  expect(pages).toEqual(whole);
});

test('an export of a tenant verifies without the platform and holds nothing of others', async () => {
  await done('POST', '/v1/tenants', {
    v: 1,
    name: 'acme',
    quotas: { callsPerMinute: null, concurrency: null, functions: 1, storageBytes: null },
  });
  const exported = (await done('GET', '/v1/audit/export?tenant=acme')) as Parameters<typeof readableJson>[0];
  const { entries: own } = verifyAuditExport(readableJson(exported), key());
  expect(own.map(({ entry }) => [entry.tenant, entry.action])).toEqual([
    ['acme', 'createTenant'],
    ['acme', 'exportAudit'],
  ]);
});

test('two gateways write one log, and both copies know all of it that came since they began', async () => {
  await using _second = await control.bench.startSecondGateway();
  const set = (name: string) =>
    fetch(`${_second.controlUrl}/v1/functions/ledger/secrets/${name}`, {
      method: 'PUT',
      headers: { authorization: 'Bearer test-token' },
      body: JSON.stringify({ v: 1, value: name, overlapMs: null }),
    });
  for (let i = 0; i < 5; i++) {
    const [other] = await Promise.all([
      set(`B${i}`),
      done('PUT', `/v1/functions/ledger/secrets/A${i}`, { v: 1, value: 'x', overlapMs: null }),
    ]);
    expect(other.status).toBe(200);
  }
  const gateways = (await entries('limit=10')).map(({ gateway }) => gateway);
  expect(new Set(gateways)).toEqual(new Set(['gw-1', 'gw-2']));
  for (const gateway of ['gw-1', 'gw-2']) expect(await verified(await copyOf(gateway))).toBeGreaterThan(10);
});

test('the server lets nobody remove an entry', async () => {
  await control.bench.withConnection(async (connection) => {
    const { streams } = await jetstreamManager(connection);
    await expect(streams.deleteMessage('AUDIT', 1)).rejects.toThrow('message delete not permitted');
    await expect(streams.purge('AUDIT')).rejects.toThrow('stream purge not permitted');
  });
  expect(await verified()).toBeGreaterThan(10);
});

test('when the log was replaced, changes are refused and calls go on', async () => {
  await control.bench.serve({ name: 'running' }, (call) => call.answer('goes on'));
  await control.bench.withConnection(async (connection) => {
    const { streams } = await jetstreamManager(connection);
    await streams.delete('AUDIT');
  });
  for (let i = 0; i < 2; i++) {
    const refused = await control.refused('PUT', '/v1/functions/ledger/secrets/KEY', {
      body: { v: 1, value: 'never', overlapMs: null },
    });
    expect(refused).toMatchObject({ status: 503, code: 'audit-unavailable' });
  }
  expect((await control.ask('GET', '/v1/functions/ledger/secrets')).json).not.toMatchObject({
    secrets: [{ version: 2 }],
  });
  expect(await (await fetch(`${control.bench.url}/fn/running/`)).text()).toBe('goes on');
  const copy = await copyOf('gw-1');
  await expect(verified(copy)).rejects.toThrow(`the copy of the checkpoints knows ${copy.size} entries`);
});
