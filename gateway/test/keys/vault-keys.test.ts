import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { VaultKeys } from '../../src/keys/vault-keys.ts';
import { TransitServer } from './transit-server.ts';

let server: TransitServer;
let keys: VaultKeys;

beforeAll(async () => {
  server = await TransitServer.start();
  keys = keysWith(() => server.token);
  await keys.prepare('main');
  await keys.prepare('acme');
});

afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.state = 'serving';
});

function keysWith(token: () => string, url = server.url): VaultKeys {
  return new VaultKeys({ url, mount: 'transit', keyPrefix: 'sovfn-', readToken: () => Promise.resolve(token()) });
}

test('the transit engine wraps and unwraps, for its tenant and context only', async () => {
  const key = randomBytes(32);
  const wrapped = await keys.wrap('main', key, 'of events');
  expect(wrapped.keyId).toBe('sovfn-main:v1');
  expect(wrapped.bytes.toString()).not.toContain(key.toString('base64'));
  expect(await keys.unwrap('main', wrapped, 'of events')).toEqual(key);
  for (const [tenant, context] of [
    ['main', 'of logs'],
    ['acme', 'of events'],
  ] as const) {
    await expect(keys.unwrap(tenant, wrapped, context)).rejects.toMatchObject({ code: 'key-unavailable' });
  }
});

test('a key that is rotated there wraps under its newest version, and unwraps what older ones wrapped', async () => {
  const [old, recent] = [randomBytes(32), randomBytes(32)];
  const wrappedBefore = await keys.wrap('main', old, 'x');
  server.rotate('sovfn-main');
  await keys.prepare('main');
  const wrappedAfter = await keys.wrap('main', recent, 'x');
  expect(wrappedAfter.keyId).toBe('sovfn-main:v2');
  expect(await keys.unwrap('main', wrappedBefore, 'x')).toEqual(old);
  expect(await keys.unwrap('main', wrappedAfter, 'x')).toEqual(recent);
});

test.each<[string, TransitServer['state'], RegExp]>([
  ['is sealed', 'sealed', /the transit engine at http:\/\/127\.0\.0\.1:\d+ cannot unwrap: it answered 503/],
  ['answers something else', 'broken', /gave 2 bytes; a data key has 32/],
  ['never answers', 'silent', /cannot unwrap: .*timeout/],
])('a server that %s makes the key unavailable', async (_what, state, text) => {
  const wrapped = await keys.wrap('main', randomBytes(32), 'x');
  server.state = state;
  const unwrapping = keys.unwrap('main', wrapped, 'x');
  await expect(unwrapping).rejects.toMatchObject({ code: 'key-unavailable' });
  await expect(unwrapping).rejects.toThrow(text);
});

test('a token that was renewed is used from the next request on, and one that was revoked no longer', async () => {
  const wrapped = await keys.wrap('main', randomBytes(32), 'x');
  const stale = keysWith(() => 'revoked');
  await expect(stale.unwrap('main', wrapped, 'x')).rejects.toThrow(/cannot unwrap: it answered 403/);
  server.token = 'renewed';
  expect((await keys.unwrap('main', wrapped, 'x')).length).toBe(32);
  const gone = keysWith(() => 'x', 'http://127.0.0.1:1');
  await expect(gone.wrap('main', randomBytes(32), 'x')).rejects.toMatchObject({ code: 'key-unavailable' });
});

test('a key that is deleted there is not made anew by wrapping', async () => {
  await keys.prepare('lost');
  const wrapped = await keys.wrap('lost', randomBytes(32), 'x');
  server.keys.delete('sovfn-lost');
  await expect(keys.wrap('lost', randomBytes(32), 'x')).rejects.toMatchObject({ code: 'key-unavailable' });
  await expect(keys.unwrap('lost', wrapped, 'x')).rejects.toMatchObject({ code: 'key-unavailable' });
});

test('an erased tenant’s key is destroyed where the token may, and else left to its owner', async () => {
  await keys.prepare('leaving');
  server.mayDelete = false;
  expect(await keys.destroy('leaving')).toBe('held-by-owner');
  server.mayDelete = true;
  expect(await keys.destroy('leaving')).toBe('destroyed');
  expect(await keys.destroy('leaving')).toBe('not-there');
});
