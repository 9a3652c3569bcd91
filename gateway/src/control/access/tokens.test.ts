import { createHash } from 'node:crypto';
import { ROLES, SCOPES, type TokenRecord } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { LoginBackOff } from '../../access/login-back-off.ts';
import type { Listener } from './route-scopes.ts';
import { Tokens } from './tokens.ts';

const sha256Of = (token: string): string => createHash('sha256').update(token).digest('hex');

function makeTokens(
  find: (id: string) => Promise<TokenRecord | null> = async () => null,
  listener: Listener = 'tenant',
) {
  const waits: number[] = [];
  const sha256 = [sha256Of('right')];
  const backOff = new LoginBackOff(async (milliseconds) => waits.push(milliseconds));
  return { waits, tokens: new Tokens({ listener, tenant: 'main', sha256, find, backOff, onFailure: () => undefined }) };
}

const ID = 'abcdefghijklmno2';
const tokenOf = (secret: string): string => `sovfn_${ID}_${secret.padEnd(43, '-')}`;
const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString();
const TOMORROW = new Date(Date.now() + 86_400_000).toISOString();
const RECORD: TokenRecord = {
  v: 1,
  id: ID,
  name: 'ci',
  tenant: 'acme',
  function: null,
  role: 'observer',
  scopes: ['deploy'],
  createdAt: YESTERDAY,
  createdBy: 'owner',
  expiresAt: null,
  secrets: [
    { sha256: sha256Of(tokenOf('new')), acceptedUntil: null },
    { sha256: sha256Of(tokenOf('old')), acceptedUntil: TOMORROW },
  ],
};

test('a token of the configuration belongs to the default tenant and may do everything that its listener is for', async () => {
  const { tokens } = makeTokens();
  for (const header of ['Bearer right', 'bearer right']) {
    const grant = await tokens.authenticate(header, '::1');
    expect(grant).toMatchObject({ tenant: 'main', function: null, actor: 'owner' });
    expect([...grant.scopes]).toEqual(ROLES.owner);
  }
  const { tokens: ofOperator } = makeTokens(undefined, 'operator');
  const grant = await ofOperator.authenticate('Bearer right', '::1');
  expect(grant).toMatchObject({ tenant: 'main', function: null, actor: 'operator' });
  expect([...grant.scopes]).toEqual(SCOPES);
});

test('a token of an operator has no power of theirs among tenants, and a token of a tenant is unknown to operators', async () => {
  const as = (role: TokenRecord['role'], listener: Listener) => {
    const find = async () => ({ ...RECORD, role, scopes: [] });
    return makeTokens(find, listener).tokens.authenticate(`Bearer ${tokenOf('new')}`, '::1');
  };
  expect([...(await as('operator', 'tenant')).scopes]).toEqual(ROLES.observer);
  expect([...(await as('operator', 'operator')).scopes]).toEqual(ROLES.operator);
  for (const role of ['owner', 'developer', 'observer', 'auditor'] as const) {
    await expect(as(role, 'operator')).rejects.toMatchObject({ code: 'unauthorized' });
  }
});

test('a token of the registry may do what its role and its scopes say, with its new secret and the one before', async () => {
  const { tokens } = makeTokens(async (id) => (id === ID ? RECORD : null));
  for (const secret of ['new', 'old']) {
    const grant = await tokens.authenticate(`Bearer ${tokenOf(secret)}`, '::1');
    expect(grant).toMatchObject({ tenant: 'acme', actor: ID });
    expect([...grant.scopes]).toEqual([...ROLES.observer, 'deploy']);
  }
  const wrong = tokens.authenticate(`Bearer ${tokenOf('wrong')}`, '::1');
  await expect(wrong).rejects.toMatchObject({ code: 'unauthorized' });
});

test.each<[string, Partial<TokenRecord>]>([
  ['an expired token', { expiresAt: YESTERDAY }],
  ['a secret that was replaced', { secrets: [{ ...RECORD.secrets[0]!, acceptedUntil: YESTERDAY }] }],
])('%s is refused with the reason, to nobody but its holder', async (_what, change) => {
  const { tokens, waits } = makeTokens(async () => ({ ...RECORD, ...change }));
  const ask = (secret: string) => tokens.authenticate(`Bearer ${tokenOf(secret)}`, '::1');
  await expect(ask('new')).rejects.toMatchObject({ code: 'token-expired' });
  await expect(ask('wrong')).rejects.toMatchObject({ code: 'unauthorized' });
  expect(waits).toHaveLength(2);
});

test.each([
  '',
  'Bearer',
  'Bearer ',
  'Basic right',
  'Bearer wrong',
  'Bearer right ',
  'right',
  `Bearer ${'x'.repeat(600)}`,
])('the header "%s" is refused', async (header) => {
  await expect(makeTokens().tokens.authenticate(header, '::1')).rejects.toMatchObject({ code: 'unauthorized' });
});

test('the answer to wrong tokens is held back longer and longer, up to ten seconds', async () => {
  const { tokens, waits } = makeTokens();
  for (let i = 0; i < 13; i++) await expect(tokens.authenticate('Bearer wrong', '10.0.0.1')).rejects.toThrow();
  expect(waits).toEqual([0, 0, 0, 0, 0, 250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('a right token is never held back, and clears the failures of its address', async () => {
  const { tokens, waits } = makeTokens();
  for (let i = 0; i < 8; i++) await expect(tokens.authenticate('Bearer wrong', '10.0.0.1')).rejects.toThrow();
  const before = waits.length;
  await tokens.authenticate('Bearer right', '10.0.0.1');
  expect(waits.length).toBe(before);
  await expect(tokens.authenticate('Bearer wrong', '10.0.0.1')).rejects.toThrow();
  expect(waits.at(-1)).toBe(0);
});

test('failures of one address do not slow another', async () => {
  const { tokens, waits } = makeTokens();
  for (let i = 0; i < 8; i++) await expect(tokens.authenticate('Bearer wrong', '10.0.0.1')).rejects.toThrow();
  await expect(tokens.authenticate('Bearer wrong', '10.0.0.2')).rejects.toThrow();
  expect(waits.at(-1)).toBe(0);
});
