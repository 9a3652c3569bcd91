import { randomBytes } from 'node:crypto';
import {
  defineZone,
  makeInvocationIds,
  OPERATOR_SCOPES,
  type Problem,
  type Scope,
  SCOPES,
  type SupportAnswer,
  type TenantList,
  type TokenAnswer,
  type TokenList,
} from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench, deployRequest, TOKEN } from './control-bench.ts';

/** The key of a repetition must be new. */
const newId = makeInvocationIds((size) => randomBytes(size));
const KEY = newId();
/** A point of X25519 (RFC 7748, section 6.1). */
const RECIPIENT = 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo';
const ABSENT = newId();
const REQUEST = { v: 1, method: 'POST', path: '/', headers: [], body: { encoding: 'utf8', data: 'canary' } };
const FILTER = { v: 1, trigger: null, source: null, before: null, from: null, to: null };
const NOBODY = 'sovfn_abcdefghijklmno2_'.padEnd(66, 'x');
const TENANT_SCOPES = SCOPES.filter((scope) => !OPERATOR_SCOPES.has(scope));
const VERSION = { v: 1, version: null };
const QUOTAS = { callsPerMinute: null, concurrency: null, functions: null, storageBytes: null };

/** What each operation takes that takes a body. */
const SIGNER = { name: 'ada', publicKey: 'A'.repeat(43), isActive: true };
const BODIES: Record<string, (name: string) => object> = {
  deployFunction: (name) => deployRequest({ name }),
  rollbackFunction: () => VERSION,
  promoteVersion: () => VERSION,
  splitVersions: () => ({ ...VERSION, percent: 10, key: { by: 'address' }, watchMs: null }),
  invokeFunction: () => REQUEST,
  acceptEvent: () => ({
    ...{ v: 1, request: REQUEST, notBefore: null, callback: null, idempotencyKey: null, orderingKey: null },
  }),
  replayEvents: () => ({ ...FILTER, key: KEY, states: null, from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' }),
  replayEvent: () => ({ v: 1, key: KEY }),
  cancelEvents: () => FILTER,
  changeSigners: () => ({
    ...{ signer: 'A'.repeat(43), signature: `x..${'A'.repeat(86)}` },
    list: { v: 1, tenant: 'main', number: 1, before: null, isRequired: false, signers: [SIGNER] },
  }),
  logIn: () => ({ v: 1, idToken: 'x', rule: null }),
  runSchedule: () => ({ v: 1, at: null }),
  redriveDeadLetters: () => ({ ...FILTER, outcome: null }),
  purgeDeadLetters: () => ({ ...FILTER, outcome: null }),
  setSecret: () => ({ v: 1, value: 'another', overlapMs: null }),
  exportSecrets: () => ({ v: 1, recipient: { kty: 'OKP', crv: 'X25519', x: RECIPIENT } }),
  sendWebhook: () => ({
    ...{ v: 1, provider: null, body: REQUEST.body, contentType: 'text/plain', id: null, type: null },
  }),
  createToken: (name) => tokenRequest({ name, role: 'observer' }),
  rotateToken: () => ({ v: 1, overlapMs: null }),
  createTenant: (name) => ({ v: 1, name, quotas: QUOTAS }),
  setTenant: () => ({ v: 1, quotas: QUOTAS }),
  grantSupport: () => ({ v: 1, ttlMs: 60_000, reason: null }),
  announceErasure: () => ({ v: 1, noticeMs: null }),
  nameZone: () => ({ v: 1, zone: defineZone('secnum', { certs: ['SecNumCloud'] }) }),
  setEnrolment: () => ({ v: 1, enrolment: '0'.repeat(32), zones: ['fr'], state: 'removed' }),
};

function tokenRequest(of: object): object {
  return { v: 1, name: 'test', tenant: null, function: null, role: null, scopes: [], expiresAt: null, ...of };
}

let control: ControlBench;
/** Things of the tenant `main`, and the same of nobody. */
let real: Record<string, string>;
const absent: Record<string, string> = {
  ...{ name: 'absent', secret: 'ABSENT', webhook: 'absent', schedule: 'absent', token: 'zzzzzzzzzzzzzzzz' },
  ...{ grant: 'yyyyyyyyyyyyyyyy', zone: 'absent', country: 'XX' },
  ...{ event: ABSENT, invocation: ABSENT, tenant: 'absent', node: 'absent', version: '0'.repeat(64) },
};

beforeAll(async () => {
  control = await ControlBench.start();
  const config = {
    name: 'ledger',
    webhooks: [{ name: 'hook', provider: 'stripe', secret: 'KEY' }],
    schedules: [{ name: 'nightly', cron: '30 2 * * *' }],
  } as never;
  const { version } = deployRequest(config) as { version: string };
  await done('PUT', '/v1/functions/ledger', deployRequest(config));
  await done('PUT', '/v1/functions/ledger/secrets/KEY', { v: 1, value: 'whsec_canary', overlapMs: null });
  const { event } = (await done('POST', '/v1/functions/ledger/events', BODIES.acceptEvent!('ledger'))) as {
    event: string;
  };
  const { token } = await make({ role: 'observer' });
  await done('POST', '/v1/tenants', { v: 1, name: 'acme', quotas: QUOTAS });
  real = { name: 'ledger', secret: 'KEY', webhook: 'hook', schedule: 'nightly', token: token.id };
  const { grant } = (await done('POST', '/v1/support', BODIES.grantSupport!('ledger'))) as SupportAnswer;
  real = {
    ...real,
    event,
    invocation: event,
    tenant: 'acme',
    node: 'node-1',
    version,
    grant: grant.id,
    zone: 'secnum',
    country: 'DE',
  };
});
afterAll(() => control[Symbol.asyncDispose]());

async function done(method: string, path: string, body?: object, as: As = {}): Promise<unknown> {
  const { status, json } = await control.ask(method, path, { ...as, ...(body === undefined ? {} : { body }) });
  expect([path, status, json]).toEqual([path, 200, json]);
  return json;
}

async function make(of: object, as: As = {}): Promise<TokenAnswer> {
  return (await done('POST', '/v1/tokens', tokenRequest(of), as)) as TokenAnswer;
}

type As = { readonly token?: string; readonly at?: 'operator' };
const OPERATOR: As = { at: 'operator' };

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly id: string;
  readonly scope: Scope;
}

/** Every operation of the document that needs a token; those that make something last. */
function operations(): Operation[] {
  const all = Object.entries(control.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId: id, security, requestBody }]) => {
      expect([id, requestBody !== undefined]).toEqual([id, id in BODIES]);
      return { method: method.toUpperCase(), path, id, scope: security[0]?.token[0] };
    }),
  );
  const isMaking = ({ id }: { id: string }) => id === 'deployFunction' || id === 'setSecret';
  const known = all.filter((operation): operation is Operation => operation.scope !== undefined);
  return [...known.filter((operation) => !isMaking(operation)), ...known.filter(isMaking)];
}

async function use(operation: Operation, token: string, names: Record<string, string>) {
  const { method, path, id } = operation;
  const written = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => names[key]!);
  const body = BODIES[id]?.(names.name!);
  const response = await control.send(method, written, { token, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  const code = text.startsWith('{') ? ((JSON.parse(text) as Partial<Problem>).code ?? null) : null;
  return { status: response.status, code, text };
}

test('on every route, a token that is unknown, revoked, replaced or of too little scope is refused with its code', async () => {
  const revoked = await make({ role: 'owner' });
  await done('DELETE', `/v1/tokens/${revoked.token.id}`);
  const replaced = await make({ role: 'owner' });
  await done('POST', `/v1/tokens/${replaced.token.id}/rotate`, { v: 1, overlapMs: 1 });
  const withoutScope = new Map<Scope, string>();
  for (const [scopes, as] of [[TENANT_SCOPES], [[...OPERATOR_SCOPES], OPERATOR]] as [Scope[], As?][]) {
    for (const scope of scopes) {
      const { secret } = await make({ scopes: scopes.filter((other) => other !== scope) }, as);
      withoutScope.set(scope, secret);
    }
  }
  const right = async () => expect((await control.send('GET', '/v1/functions')).status).toBe(200);
  for (const operation of operations()) {
    for (const [token, code] of [
      [NOBODY, 'unauthorized'],
      [revoked.secret, 'unauthorized'],
      [replaced.secret, 'token-expired'],
      [withoutScope.get(operation.scope)!, 'forbidden'],
    ] as const) {
      const refused = await use(operation, token, real);
      expect([operation.id, refused.code]).toEqual([operation.id, code]);
      expect(await use(operation, token, absent)).toEqual(refused);
      await right();
    }
  }
}, 60_000);

test('on every route, what another tenant has is as if it were not there', async () => {
  const other = await make({ tenant: 'acme', scopes: TENANT_SCOPES }, OPERATOR);
  for (const operation of operations()) {
    const ofMain = await use(operation, other.secret, real);
    const ofNobody = await use(operation, other.secret, absent);
    if (OPERATOR_SCOPES.has(operation.scope)) {
      expect([operation.id, ofMain.code, ofNobody.code]).toEqual([operation.id, 'unauthorized', 'unauthorized']);
      await done('GET', '/v1/functions');
      continue;
    }
    const normal = ({ text }: { text: string }, names: Record<string, string>) => {
      const { tenant: _, ...things } = names;
      const named = Object.entries(things).reduce((now, [key, value]) => now.replaceAll(value, key), text);
      // Ids, times and counts that differ from one answer to the next.
      return named.replaceAll(
        /[0-9a-f]{64}|[0-9a-z]{26}|\d{4}-\d\d-\d\dT[\d:.]+Z|[0-9a-f]{8}-[\w-]+|sovfn_\w+[\w-]*/g,
        '…',
      );
    };
    expect([operation.id, ofMain.status]).toEqual([operation.id, ofNobody.status]);
    expect(ofMain.text).not.toMatch(/canary/);
    // Entries of the audit log name what the token itself has just asked for.
    if (operation.scope === 'audit:read') expect(ofMain.text).not.toMatch(/"tenant":(?!"acme")/);
    if (operation.path === '/metrics' || operation.scope === 'audit:read' || operation.id === 'createToken') continue;
    // Who asks for nothing by name has asked for the same twice, a moment apart.
    if (!operation.path.includes('{')) continue;
    expect([operation.id, normal(ofMain, real)]).toEqual([operation.id, normal(ofNobody, absent)]);
  }
  expect(await done('GET', '/v1/functions/ledger')).toMatchObject({ name: 'ledger' });
  expect(await done('GET', '/v1/functions/ledger/secrets')).toMatchObject({ secrets: [{ name: 'KEY', version: 1 }] });
  expect(await done('GET', `/v1/events/${real.event!}`)).toMatchObject({ state: 'waiting' });
  const { tokens } = (await done('GET', '/v1/tokens')) as TokenList;
  expect(tokens.map(({ id }) => id)).toContain(real.token);
}, 60_000);

test('a token of a function reaches that function only, and says nothing about others', async () => {
  const { secret } = await make({ function: 'ledger', role: 'owner' });
  await done('GET', '/v1/functions/ledger', undefined, { token: secret });
  for (const operation of operations()) {
    if (OPERATOR_SCOPES.has(operation.scope)) continue;
    const onAbsent = await use(operation, secret, absent);
    expect([operation.id, onAbsent.code]).toEqual([operation.id, 'forbidden']);
    expect(onAbsent.text).toContain('the token is for the function \\"ledger\\" only');
  }
});

test('nobody can make a token that may more than their own, nor one of another tenant', async () => {
  const owner = await make({ role: 'owner' });
  const developer = await make({ role: 'developer' });
  const ask = (token: string, of: object) => control.refused('POST', '/v1/tokens', { token, body: tokenRequest(of) });
  expect(await ask(developer.secret, { role: 'observer' })).toMatchObject({ code: 'forbidden' });
  expect(await ask(owner.secret, { role: 'operator' })).toMatchObject({ facts: { scope: 'tenants:write' } });
  expect(await ask(owner.secret, { tenant: 'acme', role: 'observer' })).toMatchObject({ code: 'forbidden' });
  expect(await ask(owner.secret, { tenant: 'absent', role: 'observer' })).toMatchObject({ code: 'forbidden' });
  const absent = { at: 'operator', body: tokenRequest({ tenant: 'absent', role: 'observer' }) } as const;
  expect(await control.refused('POST', '/v1/tokens', absent)).toMatchObject({ code: 'tenant-not-found' });
  expect(await ask(TOKEN, {})).toMatchObject({ code: 'bad-request' });
  expect(await ask(TOKEN, { role: 'owner', expiresAt: '2020-01-01T00:00:00Z' })).toMatchObject({ code: 'bad-request' });
  expect((await make({ role: 'developer' }, { token: owner.secret })).token).toMatchObject({
    createdBy: owner.token.id,
  });
});

test('a rotated token is taken with both secrets until the old one has ended; the registry holds hashes only', async () => {
  const first = await make({ role: 'observer' });
  const second = (await done('POST', `/v1/tokens/${first.token.id}/rotate`, { v: 1, overlapMs: null })) as TokenAnswer;
  expect(second.token.previousAcceptedUntil).not.toBeNull();
  for (const { secret } of [first, second]) await done('GET', '/v1/functions', undefined, { token: secret });
  await done('POST', `/v1/tokens/${first.token.id}/rotate`, { v: 1, overlapMs: 0 });
  for (const { secret } of [first, second]) {
    expect(await control.refused('GET', '/v1/functions', { token: secret })).toMatchObject({ code: 'unauthorized' });
    await done('GET', '/v1/functions');
  }
  const stored = await control.bench.inBucket('tokens');
  expect(stored).toContain(first.token.id);
  expect(stored).not.toContain(first.secret.slice(-43));
});

test('a token that one gateway revokes is refused by another one within five seconds', async () => {
  await using second = await control.bench.startSecondGateway();
  const { token, secret } = await make({ role: 'observer' });
  const ask = async (as: string) =>
    (await fetch(`${second.controlUrl}/v1/functions`, { headers: { authorization: `Bearer ${as}` } })).status;
  expect(await ask(secret)).toBe(200);
  const revokedAt = performance.now();
  await done('DELETE', `/v1/tokens/${token.id}`);
  while ((await ask(secret)) === 200) expect(performance.now() - revokedAt).toBeLessThan(5_000);
});

test('a log that is followed ends when the token is revoked', async () => {
  const { token, secret } = await make({ role: 'developer' });
  const followed = await control.send('GET', '/v1/functions/ledger/logs?follow=true', { token: secret });
  expect(followed.status).toBe(200);
  await done('DELETE', `/v1/tokens/${token.id}`);
  await expect(followed.text()).rejects.toThrow('terminated');
});

test('quotas hold for the functions and the calls of a tenant, and can be changed', async () => {
  await done('POST', '/v1/tenants', { v: 1, name: 'small', quotas: { ...QUOTAS, functions: 1, callsPerMinute: 0 } });
  const { secret } = await make({ tenant: 'small', role: 'developer' }, OPERATOR);
  const deploy = async (name: string) =>
    control.ask('PUT', `/v1/functions/${name}`, { token: secret, body: deployRequest({ name }) });
  expect((await deploy('one')).status).toBe(200);
  expect((await deploy('one')).status).toBe(200);
  expect((await deploy('two')).json).toMatchObject({ code: 'quota-exceeded', limit: 'functions', limitValue: 1 });
  const refused = await fetch(`${control.bench.url}/fn/small:one/`);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: 'quota-exceeded', limit: 'callsPerMinute' });
  expect(await control.refused('POST', '/v1/tenants', { body: { v: 1, name: 'small', quotas: QUOTAS } })).toMatchObject(
    {
      code: 'tenant-exists',
    },
  );
  await done('PUT', '/v1/tenants/small', { v: 1, quotas: QUOTAS });
  expect((await deploy('two')).status).toBe(200);
  const { tenants } = (await done('GET', '/v1/tenants')) as TenantList;
  expect(tenants.find(({ name }) => name === 'small')).toMatchObject({ functions: 2, quotas: QUOTAS });
});

test('what was changed of a tenant is in every later answer', async () => {
  await done('POST', '/v1/tenants', { v: 1, name: 'changing', quotas: QUOTAS });
  for (let concurrency = 1; concurrency <= 100; concurrency += 1) {
    await done('PUT', '/v1/tenants/changing', { v: 1, quotas: { ...QUOTAS, concurrency } });
    const { tenants } = (await done('GET', '/v1/tenants')) as TenantList;
    expect(tenants.find(({ name }) => name === 'changing')?.quotas.concurrency).toBe(concurrency);
  }
});
