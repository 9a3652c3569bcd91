import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { HttpKeys } from '../../src/keys/http-keys.ts';
import { KeyService } from './key-service.ts';

let service: KeyService;
let keys: HttpKeys;

beforeAll(async () => {
  service = await KeyService.start();
  keys = new HttpKeys(service);
});

afterAll(() => service[Symbol.asyncDispose]());
beforeEach(() => {
  service.state = 'serving';
});

test('a key service wraps and unwraps, for its tenant and context only', async () => {
  const key = randomBytes(32);
  const wrapped = await keys.wrap('main', key, 'of events');
  expect(wrapped.bytes.includes(key)).toBe(false);
  expect(await keys.unwrap('main', wrapped, 'of events')).toEqual(key);
});

test.each<[string, KeyService['state'], RegExp]>([
  ['revokes', 'revoked', /cannot unwrap: it answered 403/],
  ['answers something else', 'broken', /gave 2 bytes; a data key has 32/],
])('a service that %s makes the key unavailable', async (_what, state, text) => {
  const wrapped = await keys.wrap('main', randomBytes(32), 'x');
  service.state = state;
  const unwrapping = keys.unwrap('main', wrapped, 'x');
  await expect(unwrapping).rejects.toMatchObject({ code: 'key-unavailable' });
  await expect(unwrapping).rejects.toThrow(text);
});

test('without the token, or without the service, the key is unavailable', async () => {
  const stranger = new HttpKeys({ url: service.url, token: 'guessed' });
  await expect(stranger.wrap('main', randomBytes(32), 'x')).rejects.toThrow(/cannot wrap: it answered 401/);
  const gone = new HttpKeys({ url: 'http://127.0.0.1:1', token: 'x' });
  await expect(gone.wrap('main', randomBytes(32), 'x')).rejects.toMatchObject({ code: 'key-unavailable' });
});
