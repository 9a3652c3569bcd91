import { expect, test } from 'vitest';
import { Guest, inGuest } from './harness.ts';
import { attempts, expectAsInNode } from './node-oracle.ts';

test('random values fill integer arrays of every kind, in place', () => {
  const seen =
    inGuest(`const kinds = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];
    return kinds.map((Kind) => { const array = new Kind(32); return crypto.getRandomValues(array) === array && array.some((value) => value != 0) });`);
  expect(seen).toEqual(Array.from({ length: 9 }, () => true));
});

test('only the given part of a buffer is filled', () => {
  const seen = inGuest(
    `const bytes = new Uint8Array(64); crypto.getRandomValues(bytes.subarray(16, 48)); return [bytes.slice(0, 16).some(Boolean), bytes.slice(16, 48).some(Boolean), bytes.slice(48).some(Boolean)];`,
  );
  expect(seen).toEqual([false, true, false]);
});

test('random bytes are given once: two reads never share any', () => {
  let next = 0;
  const counting = { random: (size: number) => Uint32Array.from({ length: size / 4 }, () => ++next).buffer };
  using guest = new Guest({ operations: counting });
  guest.install(`const handler = { fetch() { const seen = []; for (let i = 0; i < 3000; i++) seen.push(...crypto.getRandomValues(new Uint32Array(1 + i % 3)));
    return Response.json([seen.length, new Set(seen).size]) } };`);
  const [count, distinct] = guest.dispatch().json as [number, number];
  expect(distinct).toBe(count);
});

test('randomUUID makes version 4 UUIDs', () => {
  const seen = inGuest(`return Array.from({ length: 500 }, () => crypto.randomUUID());`) as string[];
  expect(
    seen.filter((uuid) => !/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid)),
  ).toEqual([]);
  expect(new Set(seen).size).toBe(500);
});

test('arguments of getRandomValues are checked', async () => {
  await expectAsInNode(
    attempts(
      `crypto.getRandomValues()`,
      `crypto.getRandomValues(new Float64Array(1))`,
      `crypto.getRandomValues(new Uint8Array(0)).length`,
      `crypto.getRandomValues(new Uint8Array(65536)).length`,
      `crypto.getRandomValues(new Uint8Array(65537))`,
      `Crypto.prototype.randomUUID.call({})`,
      `new Crypto()`,
    ),
  );
});
