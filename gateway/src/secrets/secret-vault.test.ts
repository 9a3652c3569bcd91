import { randomBytes } from 'node:crypto';
import { isSovfnError } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { SECRETS_KEY_BYTES, SecretVault } from './secret-vault.ts';

const address = { tenant: 'main', function: 'ledger', name: 'STRIPE_KEY' };
const value = 'sk_live_é';

test('a sealed value opens again, and shows nothing of what it is', () => {
  const vault = new SecretVault(randomBytes(SECRETS_KEY_BYTES));
  const sealed = vault.seal(address, 3, value);
  expect(vault.open(address, sealed)).toBe(value);
  expect(Buffer.from(sealed.sealed, 'base64').includes('sk_live')).toBe(false);
  expect(vault.seal(address, 3, value).sealed).not.toBe(sealed.sealed);
});

test.each<[string, object, number]>([
  ['tenant', { tenant: 'acme' }, 3],
  ['function', { function: 'other' }, 3],
  ['secret', { name: 'OTHER' }, 3],
  ['version', {}, 4],
])('it does not open as a value of another %s', (_what, other, version) => {
  const vault = new SecretVault(randomBytes(SECRETS_KEY_BYTES));
  const sealed = { ...vault.seal(address, 3, value), version };
  expect(codeOf(() => vault.open({ ...address, ...other }, sealed))).toBe('secret-unreadable');
});

test('no changed byte opens', () => {
  const vault = new SecretVault(randomBytes(SECRETS_KEY_BYTES));
  const sealed = vault.seal(address, 1, value);
  const bytes = Buffer.from(sealed.sealed, 'base64');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    expect(codeOf(() => vault.open(address, { ...sealed, sealed: changed.toString('base64') }))).toBe(
      'secret-unreadable',
    );
  }
  expect(codeOf(() => vault.open(address, { ...sealed, sealed: 'AAAA' }))).toBe('secret-unreadable');
});

test('under another key file it says that the key is another one, and what to do', () => {
  const sealed = new SecretVault(randomBytes(SECRETS_KEY_BYTES)).seal(address, 1, value);
  const other = new SecretVault(randomBytes(SECRETS_KEY_BYTES));
  expect(() => other.open(address, sealed)).toThrow(/it was sealed under the key [0-9a-f]{16}; this gateway has/);
  expect(codeOf(() => other.open(address, sealed))).toBe('secret-unreadable');
});

function codeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return isSovfnError(error) ? error.code : String(error);
  }
}
