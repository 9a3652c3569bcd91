/** Each route is served where its document says, and nowhere else; each listener knows its own tokens only. */
import { ROLE_NAMES, type Role, ROLES, type TokenAnswer } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench, TOKEN } from './control-bench.ts';

const LISTENERS = ['tenant', 'operator'] as const;
const NAMES: Record<string, string> = {
  ...{ name: 'absent', secret: 'ABSENT', webhook: 'absent', schedule: 'absent', token: 'zzzzzzzzzzzzzzzz' },
  grant: 'zzzzzzzzzzzzzzzz',
  ...{ event: '01k2v5w8q9xr3t7yb4n6m0zc1d', invocation: '01k2v5w8q9xr3t7yb4n6m0zc1d', tenant: 'absent' },
  ...{ node: 'absent', version: '0'.repeat(64) },
};

let control: ControlBench;
beforeAll(async () => {
  control = await ControlBench.start();
});
afterAll(() => control[Symbol.asyncDispose]());

/** Of both documents. */
function operations() {
  return Object.entries(control.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId: id, security }]) => {
      const written = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => NAMES[key]!);
      const servedAt = LISTENERS.filter((at) => control.documents[at][path]?.[method] !== undefined);
      const isPublic = security.length === 0;
      return { id, method: method.toUpperCase(), path: written, servedAt, isPublic };
    }),
  );
}

async function codeOf(response: Response): Promise<string | null> {
  const text = await response.text();
  return text.startsWith('{') ? ((JSON.parse(text) as { code?: string }).code ?? null) : null;
}

async function make(of: { readonly role: Role }): Promise<string> {
  const body = { v: 1, name: 'test', tenant: null, function: null, scopes: [], expiresAt: null, ...of };
  const at = body.role === 'operator' ? 'operator' : 'tenant';
  const { status, json } = await control.ask('POST', '/v1/tokens', { body, at });
  expect([status, json]).toEqual([200, json]);
  return (json as TokenAnswer).secret;
}

test('every route is served by the listeners whose document has it, and answered with 404 by the other', async () => {
  const at = operations().map(({ id, servedAt }) => `${id}: ${servedAt.join(', ')}`);
  expect(at).toMatchSnapshot();
  for (const { id, method, path, servedAt } of operations()) {
    for (const listener of LISTENERS) {
      const body = method === 'GET' ? {} : { body: {} };
      const response = await control.send(method, path, { at: listener, ...body });
      const code = await codeOf(response);
      if (servedAt.includes(listener)) expect(`${id}: ${code}`).not.toMatch(/: (not-found|method-not-allowed)$/);
      else expect([id, listener, response.status, code]).toEqual([id, listener, 404, 'not-found']);
    }
  }
});

test('the operator’s listener takes no token of a tenant on any route, whatever it may do there', async () => {
  const tenants = ROLE_NAMES.filter((role) => role !== 'operator');
  const tokens = await Promise.all(tenants.map((role) => make({ role })));
  for (const { id, method, path, isPublic } of operations().filter(({ servedAt }) => servedAt.includes('operator'))) {
    if (isPublic) continue;
    for (const token of tokens) {
      const response = await control.send(method, path, { at: 'operator', token });
      expect([id, response.status, await codeOf(response)]).toEqual([id, 401, 'unauthorized']);
      // A right one clears what makes answers to wrong ones slow.
      await control.ask('GET', '/v1/status', { at: 'operator' });
    }
  }
  expect(await control.refused('GET', '/v1/nothing', { at: 'operator', token: tokens[0]! })).toMatchObject({
    status: 401,
  });
}, 60_000);

test('a token of an operator is worth no more than an observer’s where tenants are served', async () => {
  const token = await make({ role: 'operator' });
  const ask = (role: string) =>
    control.ask('POST', '/v1/tokens', {
      token,
      body: { v: 1, name: 'x', tenant: 'absent', function: null, role, scopes: [], expiresAt: null },
    });
  expect((await ask('observer')).json).toMatchObject({ code: 'forbidden' });
  expect((await control.send('GET', '/v1/functions', { token })).status).toBe(200);
  expect((await control.send('GET', '/v1/tenants', { token })).status).toBe(200);
  expect((await control.send('GET', '/v1/tenants', { token, at: 'tenant' })).status).toBe(404);
  expect(ROLES.operator).toContain('tenants:write');
});

test('the owner of the platform’s own tenant cannot act as its operator with that token', async () => {
  const body = { v: 1, name: 'x', tenant: null, function: null, role: 'operator', scopes: [], expiresAt: null };
  expect(await control.refused('POST', '/v1/tokens', { body })).toMatchObject({ facts: { scope: 'tenants:write' } });
  expect(await control.refused('GET', '/v1/audit?all=true')).toMatchObject({ facts: { scope: 'platform:admin' } });
  expect((await control.send('GET', '/v1/audit?all=true', { at: 'operator' })).status).toBe(200);
});

test('a gateway whose configuration names no address for its operator has none', async () => {
  await using second = await control.bench.startSecondGateway(undefined, { operator: undefined });
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect((await fetch(`${second.controlUrl}/v1/tenants`, { headers })).status).toBe(404);
  expect((await fetch(`${second.controlUrl}/v1/functions`, { headers })).status).toBe(200);
});
