import { randomBytes } from 'node:crypto';
import { DataKey, type DataKeySource } from '@sovfn/bus/encryption';
import { type DataKeyName, SovfnError } from '@sovfn/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SecretAddress, SealedSecrets } from './sealed-secrets.ts';

const ADDRESS: SecretAddress = { tenant: 'main', function: 'shop', name: 'KEY' };

/** One data key for each tenant and purpose. */
function makeKeys(): DataKeySource {
  const keys = new Map<string, DataKey>();
  const get = (name: DataKeyName): DataKey => {
    const line = `${name.tenant}.${name.purpose}`;
    if (!keys.has(line)) keys.set(line, new DataKey(name, randomBytes(32)));
    return keys.get(line)!;
  };
  return { get, newest: (tenant, purpose) => get({ tenant, purpose, generation: 1 }) };
}

const codeOf = async (opening: Promise<unknown>): Promise<string> =>
  opening.then(
    () => 'opened',
    (error: unknown) => (error instanceof SovfnError ? error.code : String(error)),
  );

test('every value comes back, and is sealed in another way each time', async () => {
  const secrets = new SealedSecrets(makeKeys());
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, unit: 'grapheme' }), async (value) => {
      const sealed = await secrets.seal(ADDRESS, 3, value);
      expect(await secrets.open(ADDRESS, sealed)).toBe(value);
      expect((await secrets.seal(ADDRESS, 3, value)).sealed).not.toBe(sealed.sealed);
    }),
  );
});

test.each([
  ['another tenant', { tenant: 'other' }, 1],
  ['another function', { function: 'other' }, 1],
  ['another secret', { name: 'OTHER' }, 1],
  ['another version', {}, 2],
])('a value put in the place of %s does not open', async (_what, other, version) => {
  const secrets = new SealedSecrets(makeKeys());
  const sealed = { ...(await secrets.seal(ADDRESS, 1, 'value')), version };
  expect(await codeOf(secrets.open({ ...ADDRESS, ...other }, sealed))).toBe('secret-unreadable');
});

test('a value of which a byte was changed or cut off does not open', async () => {
  const secrets = new SealedSecrets(makeKeys());
  const sealed = await secrets.seal(ADDRESS, 1, 'value');
  const bytes = Buffer.from(sealed.sealed, 'base64');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    for (const text of [changed, bytes.subarray(0, at)]) {
      expect(await codeOf(secrets.open(ADDRESS, { ...sealed, sealed: text.toString('base64') }))).not.toBe('opened');
    }
  }
});

test('a value that was opened before is not given any more when the key is taken away', async () => {
  const keys = makeKeys();
  let isAway = false;
  const source: DataKeySource = {
    newest: (tenant, purpose) => keys.newest(tenant, purpose),
    get: (name) => (isAway ? Promise.reject(new SovfnError('key-unavailable', 'away')) : keys.get(name)),
  };
  const secrets = new SealedSecrets(source);
  const sealed = await secrets.seal(ADDRESS, 1, 'value');
  for (let i = 0; i < 2; i++) expect(await secrets.open(ADDRESS, sealed)).toBe('value');
  isAway = true;
  expect(await codeOf(secrets.open(ADDRESS, sealed))).toBe('key-unavailable');
  isAway = false;
  expect(await secrets.open(ADDRESS, sealed)).toBe('value');
});

test('without the tenant’s key it is said to be away, and not that the value is damaged', async () => {
  const sealed = await new SealedSecrets(makeKeys()).seal(ADDRESS, 1, 'value');
  const away = (): never => {
    throw new SovfnError('key-unavailable', 'away');
  };
  expect(await codeOf(new SealedSecrets({ get: away, newest: away }).open(ADDRESS, sealed))).toBe('key-unavailable');
});
