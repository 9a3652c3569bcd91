import { afterAll, beforeAll, expect, test } from 'vitest';
import { Platform } from './platform.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await Platform.start();
});

afterAll(async () => platform[Symbol.asyncDispose]());

test('the first call of a function is placed, and the next ones go to its cell directly', async () => {
  const hello = await platform.deploy('hello', `fetch() { return new Response('bonjour') }`);
  expect(await platform.isWarm(hello)).toBe(false);
  expect(await platform.call(hello)).toMatchObject({ outcome: 'ok', body: 'bonjour' });
  expect(await platform.isWarm(hello)).toBe(true);
});
