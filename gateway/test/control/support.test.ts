/** An operator reads what is a tenant's own while the tenant has agreed, and at no other time. */
import {
  type AuditEntry,
  type AuditList,
  type Problem,
  type SupportAnswer,
  type SupportList,
  type TokenAnswer,
} from '@sovfn/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ControlBench, deployRequest } from './control-bench.ts';

let control: ControlBench;
/** The token of a whole operator, and those of acme and of an operator by role. */
let acme: string;
let operator: { readonly id: string; readonly secret: string };
let event: string;

beforeAll(async () => {
  control = await ControlBench.start();
  const quotas = { callsPerMinute: null, concurrency: null, functions: null, storageBytes: null };
  await done('POST', '/v1/tenants', { v: 1, name: 'acme', quotas });
  acme = (await make({ tenant: 'acme', role: 'owner' })).secret;
  const { token, secret } = await make({ role: 'operator' });
  operator = { id: token.id, secret };
  await done('PUT', '/v1/functions/ledger', deployRequest({ name: 'ledger' }), acme);
  const request = { v: 1, method: 'POST', path: '/', headers: [], body: { encoding: 'utf8', data: 'canary' } };
  const body = { v: 1, request, notBefore: null, callback: null, idempotencyKey: null, orderingKey: null };
  ({ event } = (await done('POST', '/v1/functions/ledger/events', body, acme)) as { event: string });
});
afterAll(() => control[Symbol.asyncDispose]());

beforeEach(async () => {
  const { grants } = (await done('GET', '/v1/support', undefined, acme)) as SupportList;
  for (const { id } of grants) await done('DELETE', `/v1/support/${id}`, undefined, acme);
});

async function done(method: string, path: string, body?: object, token?: string): Promise<unknown> {
  const as = token === undefined ? {} : { token };
  const at = path === '/v1/tokens' || path.includes('tenant=') ? ({ at: 'operator' } as const) : {};
  const { status, json } = await control.ask(method, path, { ...as, ...at, ...(body === undefined ? {} : { body }) });
  expect([path, status, json]).toEqual([path, 200, json]);
  return json;
}

async function make(of: object): Promise<TokenAnswer> {
  const body = { v: 1, name: 'test', tenant: null, function: null, role: null, scopes: [], expiresAt: null, ...of };
  return (await done('POST', '/v1/tokens', body)) as TokenAnswer;
}

async function agree(ttlMs = 3_600_000, reason: string | null = null): Promise<SupportAnswer['grant']> {
  return ((await done('POST', '/v1/support', { v: 1, ttlMs, reason }, acme)) as SupportAnswer).grant;
}

/** Reads as an operator. */
async function read(path: string): Promise<{ readonly status: number; readonly code: string | null; text: string }> {
  const response = await control.send('GET', `/v1/tenants/acme/support${path}`, { token: operator.secret });
  const text = await response.text();
  const isProblem = response.headers.get('content-type')!.includes('problem');
  return { status: response.status, code: isProblem ? (JSON.parse(text) as Problem).code : null, text };
}

async function audited(action: string): Promise<AuditEntry[]> {
  const { entries } = (await done('GET', '/v1/audit?limit=500', undefined, acme)) as AuditList;
  return entries.filter((entry) => entry.action === action);
}

/** What operators could read, from the document: with the event and the function that there are. */
function readings(): string[] {
  const paths = Object.keys(control.documents.operator).filter((path) => path.includes('/support/'));
  return paths.map((path) => {
    const written = path.replace('/v1/tenants/{tenant}/support', '').replace('{name}', 'ledger');
    return written.replace('{event}', event).replace('{invocation}', event);
  });
}

test('without a grant nothing of a tenant can be read on any route, and the refusal says how to ask', async () => {
  expect(readings()).toHaveLength(10);
  for (const path of readings()) {
    const refused = await read(path);
    expect([path, refused.status, refused.code]).toEqual([path, 403, 'support-consent-required']);
    expect(refused.text).toContain('sovfn support grant --ttl 2h');
    expect(refused.text).not.toContain('canary');
  }
  expect((await audited('supportRefused')).length).toBeGreaterThan(0);
});

test('with a grant the operator reads logs, outputs and events; each use is in the tenant’s audit log before it', async () => {
  const grant = await agree(3_600_000, 'ticket 4711');
  const before = (await audited('supportUsed')).length;
  for (const path of readings())
    expect([path, (await read(path)).code]).not.toEqual([path, 'support-consent-required']);
  expect((await read(`/events/${event}`)).status).toBe(200);
  const used = (await audited('supportUsed')).slice(0, readings().length + 1);
  expect((await audited('supportUsed')).length).toBe(before + readings().length + 1);
  expect(used[0]).toMatchObject({
    tenant: 'acme',
    actor: operator.id,
    details: { operation: 'showEvent', event, grant: grant.id },
  });
  expect(used.find(({ details }) => details.operation === 'readLogs')).toMatchObject({ function: 'ledger' });
  const [granted] = await audited('supportGranted');
  expect(granted).toMatchObject({ details: { grant: grant.id, until: grant.expiresAt } });
  const [asked] = await audited('grantSupport');
  expect(asked).toMatchObject({ details: { ttlMs: 3_600_000, reason: 'ticket 4711' } });
});

test('a grant of one tenant opens nothing of another, nor anything but these readings', async () => {
  await agree();
  for (const tenant of ['main', 'absent']) {
    const path = `/v1/tenants/${tenant}/support/functions/ledger/logs`;
    const refused = await control.refused('GET', path, { token: operator.secret });
    const code = tenant === 'main' ? 'support-consent-required' : 'tenant-not-found';
    expect(refused).toMatchObject({ code });
  }
  for (const method of ['PUT', 'POST', 'DELETE']) {
    const path = '/v1/tenants/acme/support/functions/ledger';
    expect((await control.send(method, path, { token: operator.secret, at: 'operator' })).status).toBe(405);
  }
});

test('a grant that is taken back is of no use from then on, and ends a log that is being followed', async () => {
  const { id } = await agree();
  const path = '/v1/tenants/acme/support/functions/ledger/logs?follow=true';
  const followed = await control.send('GET', path, { token: operator.secret });
  expect(followed.status).toBe(200);
  const revoked = (await done('DELETE', `/v1/support/${id}`, undefined, acme)) as SupportAnswer;
  expect(revoked.grant).toMatchObject({ id, state: 'revoked' });
  expect((await read('/functions')).code).toBe('support-consent-required');
  await expect(followed.text()).rejects.toThrow('terminated');
  expect((await audited('revokeSupport'))[0]).toMatchObject({ details: { grant: id } });
});

test('a grant ends by itself at its time, and the audit log says so once, with two gateways too', async () => {
  await using _second = await control.bench.startSecondGateway();
  const { id, expiresAt } = await agree(1_000);
  while ((await read('/functions')).code !== 'support-consent-required') continue;
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  const ofGrant = async () => (await audited('supportExpired')).filter(({ details }) => details.grant === id);
  while ((await ofGrant()).length === 0) continue;
  expect(await ofGrant()).toMatchObject([{ tenant: 'acme', actor: 'platform', details: { at: expiresAt } }]);
  const { grants } = (await done('GET', '/v1/tenants/acme/support')) as SupportList;
  expect(grants.find((grant) => grant.id === id)).toMatchObject({ state: 'expired' });
});

test('an operator cannot get round it with a token: of a tenant that has an owner, none that reads can be made or rotated', async () => {
  const ask = (of: object) => {
    const body = { v: 1, name: 'x', tenant: 'acme', function: null, role: null, scopes: [], expiresAt: null, ...of };
    return control.refused('POST', '/v1/tokens', { body, at: 'operator' });
  };
  for (const of of [
    { role: 'owner' },
    { role: 'developer' },
    { scopes: ['logs:read'] },
    { role: 'auditor', tenant: null },
  ])
    expect([of, await ask(of)]).toMatchObject([of, { status: 403, code: 'support-consent-required' }]);
  const owner = acme.split('_')[1]!;
  const body = { v: 1, overlapMs: null };
  const rotate = control.refused('POST', `/v1/tokens/${owner}/rotate?tenant=acme`, { body, at: 'operator' });
  expect(await rotate).toMatchObject({ code: 'support-consent-required' });
  expect((await make({ tenant: 'acme', role: 'observer' })).token).toMatchObject({ tenant: 'acme' });
});

test('only who may hand out access agrees, and for seven days at most', async () => {
  const developer = (await control.ask('POST', '/v1/tokens', {
    token: acme,
    body: { v: 1, name: 'dev', tenant: null, function: null, role: 'developer', scopes: [], expiresAt: null },
  })) as { json: TokenAnswer };
  const body = { v: 1, ttlMs: 60_000, reason: null };
  expect(await control.refused('POST', '/v1/support', { token: developer.json.secret, body })).toMatchObject({
    code: 'forbidden',
  });
  const long = { token: acme, body: { ...body, ttlMs: 7 * 86_400_000 + 1 } };
  expect(await control.refused('POST', '/v1/support', long)).toMatchObject({ code: 'bad-request' });
  expect(await control.refused('DELETE', '/v1/support/zzzzzzzzzzzzzzzz', { token: acme })).toMatchObject({
    code: 'support-not-found',
  });
});

test('of many grants those that ended are let go first, and no more than twenty hold', async () => {
  for (let i = 0; i < 20; i++) await agree();
  const body = { v: 1, ttlMs: 60_000, reason: null };
  expect(await control.refused('POST', '/v1/support', { token: acme, body })).toMatchObject({
    code: 'too-many-support-grants',
  });
  const { grants } = (await done('GET', '/v1/support', undefined, acme)) as SupportList;
  await done('DELETE', `/v1/support/${grants[3]!.id}`, undefined, acme);
  const { id } = await agree();
  const after = ((await done('GET', '/v1/support', undefined, acme)) as SupportList).grants;
  expect([after.length, after[0]!.id]).toEqual([20, id]);
  expect(after.map((grant) => grant.id)).not.toContain(grants[3]!.id);
});
