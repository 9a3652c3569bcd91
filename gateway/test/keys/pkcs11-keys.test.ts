/** Keys in a real token of SoftHSM. Where there is none and none can be had, that is said and nothing is tested. */
import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { type SoftHsm, startSoftHsm } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pkcs11Keys } from '../../src/keys/pkcs11-keys.ts';
import { keyProcesses } from './key-processes.ts';

const hsm = await startSoftHsm();
if (typeof hsm === 'string') process.stderr.write(`pkcs11: ${hsm}\n`);
const testWithHsm = test.skipIf(typeof hsm === 'string');

const parts = new DisposableStack();
let keys: Pkcs11Keys;
let pin: string;

beforeAll(() => {
  if (typeof hsm === 'string') return;
  process.env['SOFTHSM2_CONF'] = hsm.environment.SOFTHSM2_CONF;
  ({ pin } = hsm);
  keys = keysWith(() => pin);
});

afterAll(async () => {
  parts.dispose();
  if (typeof hsm !== 'string') await hsm[Symbol.asyncDispose]();
});

function keysWith(readPin: () => string, change: Partial<Pick<SoftHsm, 'module' | 'token'>> = {}): Pkcs11Keys {
  const { module, token } = hsm as SoftHsm;
  const options = { module, token, keyPrefix: 'sovfn-', readPin: () => Promise.resolve(readPin()) };
  return parts.use(new Pkcs11Keys({ ...options, ...change }));
}

testWithHsm('the token wraps and unwraps, for its tenant and context only, also after a restart', async () => {
  await keys.prepare('main');
  await keys.prepare('main');
  await keys.prepare('acme');
  const key = randomBytes(32);
  const wrapped = await keys.wrap('main', key, 'of events');
  expect(wrapped.bytes.includes(key)).toBe(false);
  expect((await keys.wrap('main', key, 'of events')).keyId).toBe(wrapped.keyId);
  expect(await keys.unwrap('main', wrapped, 'of events')).toEqual(key);
  expect(await keysWith(() => pin).unwrap('main', wrapped, 'of events')).toEqual(key);
  for (const [tenant, context] of [
    ['main', 'of logs'],
    ['acme', 'of events'],
    ['never', 'of events'],
  ] as const) {
    await expect(keys.unwrap(tenant, wrapped, context)).rejects.toMatchObject({ code: 'key-unavailable' });
  }
  expect(await keys.unwrap('main', wrapped, 'of events')).toEqual(key);
});

testWithHsm('a key that somebody else destroys is unavailable at once, and is not made anew by wrapping', async () => {
  await keys.prepare('leaving');
  const wrapped = await keys.wrap('leaving', randomBytes(32), 'x');
  const other = keysWith(() => pin);
  expect(await other.destroy('leaving')).toBe('destroyed');
  expect(await other.destroy('leaving')).toBe('not-there');
  await expect(keys.unwrap('leaving', wrapped, 'x')).rejects.toThrow(/cannot decrypt: the token has no AES key/);
  await expect(keys.wrap('leaving', randomBytes(32), 'x')).rejects.toMatchObject({ code: 'key-unavailable' });
});

testWithHsm('a token that hangs, and one that crashes, make the key unavailable, until it answers again', async () => {
  const wrapped = await keys.wrap('main', randomBytes(32), 'x');
  for (const pid of await keyProcesses()) process.kill(pid, 'SIGSTOP');
  await expect(keys.unwrap('main', wrapped, 'x')).rejects.toThrow(/the token did not answer within 5000 ms/);
  expect(await keys.unwrap('main', wrapped, 'x')).toHaveLength(32);
  for (const pid of await keyProcesses()) process.kill(pid, 'SIGKILL');
  await keys.unwrap('main', wrapped, 'x').catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'key-unavailable' });
  });
  expect(await keys.unwrap('main', wrapped, 'x')).toHaveLength(32);
});

testWithHsm('a token that is taken away is unavailable, and usable when it is back', async () => {
  const wrapped = await keys.wrap('main', randomBytes(32), 'x');
  const { tokensFolder } = hsm as SoftHsm;
  await rename(tokensFolder, `${tokensFolder}.away`);
  const late = keysWith(() => pin);
  await expect(late.unwrap('main', wrapped, 'x')).rejects.toMatchObject({ code: 'key-unavailable' });
  await rename(`${tokensFolder}.away`, tokensFolder);
  expect(await late.unwrap('main', wrapped, 'x')).toHaveLength(32);
});

testWithHsm('a PIN that was refused is not tried again, which would lock the token; another one is', async () => {
  let tried = 'wrong-pin';
  const careless = keysWith(() => tried);
  const wrapped = await keys.wrap('main', randomBytes(32), 'x');
  await expect(careless.unwrap('main', wrapped, 'x')).rejects.toThrow(/C_Login answered 0x000000a0/);
  await expect(careless.unwrap('main', wrapped, 'x')).rejects.toThrow(
    /the token has refused the PIN, which is not tried again/,
  );
  tried = pin;
  expect(await careless.unwrap('main', wrapped, 'x')).toHaveLength(32);
});

testWithHsm('a module that is none, and a token that is not there, are named', async () => {
  const wrapped = await keys.wrap('main', randomBytes(32), 'x');
  const noModule = keysWith(() => pin, { module: '/nowhere.so' });
  await expect(noModule.unwrap('main', wrapped, 'x')).rejects.toThrow(/\/nowhere\.so/);
  const noToken = keysWith(() => pin, { token: 'other' });
  await expect(noToken.unwrap('main', wrapped, 'x')).rejects.toThrow(/the module has no token "other"/);
});
