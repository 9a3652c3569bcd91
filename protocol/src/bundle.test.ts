import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeBundle, readBundle } from './bundle.ts';
import { ProtocolError } from './errors.ts';

const entries = fc.array(
  fc.record({
    name: fc.string({ unit: fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyz'), maxLength: 12 }),
    message: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 40 },
);

function readAll(bundle: Buffer): { name: string; message: number[] }[] {
  const read: { name: string; message: number[] }[] = [];
  readBundle(bundle, (name, message) => read.push({ name, message: [...message] }));
  return read;
}

test('a bundle holds what was put into it, in the same order', () => {
  fc.assert(
    fc.property(entries, (all) => {
      expect(readAll(encodeBundle(all))).toEqual(all.map(({ name, message }) => ({ name, message: [...message] })));
    }),
  );
});

test('no bytes make a reader of bundles throw anything but a ProtocolError', () => {
  const bundle = encodeBundle(['a', 'bc', 'def'].map((name) => ({ name, message: Buffer.from(name.repeat(20)) })));
  fc.assert(
    fc.property(fc.nat(bundle.length - 1), fc.nat(255), fc.nat(bundle.length), (at, value, length) => {
      const damaged = Buffer.from(bundle.subarray(0, length));
      if (at < damaged.length) damaged[at] = value;
      try {
        readAll(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['is cut off', Buffer.from([1, 32, 0, 1, 1, 0, 0, 0, 9, 97, 0]), 'a bundle of 1 messages ends after 11 bytes'],
  ['has something behind', Buffer.from([1, 32, 0, 0, 7]), 'a bundle has 1 bytes behind its messages'],
  ['has too many', Buffer.from([1, 32, 2, 0]), 'a bundle has 512 messages; at most 256'],
  ['is of another version', Buffer.from([9, 32, 0, 0]), 'a bundle has protocol version 9; this side speaks 1'],
  ['is something else', Buffer.from([1, 1, 0, 0]), 'a message of kind 1 came where a bundle was expected'],
])('a bundle that %s is refused with the reason', (_what, bytes, reason) => {
  expect(() => readAll(bytes)).toThrow(reason);
});
