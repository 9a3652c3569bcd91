import { expect, test } from 'vitest';
import { leafOfRecord, parseStoredCalls, rootOfCalls, VARINT_BYTES, writeVarint } from './batch-root.ts';
import { encodeHash, hashLeaf } from './merkle.ts';
import { WideTree } from './wide-tree.ts';

interface Call {
  readonly place: number;
  readonly record: Buffer;
}

const DIGESTS = Array.from({ length: 200 }, (_, i) => encodeHash(hashLeaf(`context ${i}`)));

function storedOf(calls: readonly Call[]): Buffer {
  const pieces = calls.map(({ place, record }) => {
    const head = Buffer.alloc(2 * VARINT_BYTES);
    return Buffer.concat([head.subarray(0, writeVarint(record.length, head, writeVarint(place, head, 0))), record]);
  });
  return Buffer.concat(pieces);
}

function rootOf(calls: readonly Call[]): string {
  const tree = new WideTree();
  for (const { place, record } of calls) tree.add(leafOfRecord(DIGESTS[place]!, record));
  return encodeHash(tree.takeRoot());
}

test('the root of stored calls is that of their leaves, each in its own context', () => {
  const calls = Array.from({ length: 1_000 }, (_, i) => ({ place: i % 200, record: Buffer.from(`call-${i}`) }));
  expect(rootOfCalls(DIGESTS, storedOf(calls))).toBe(rootOf(calls));
  expect(parseStoredCalls(storedOf(calls))).toEqual(calls);
});

test('records that are longer than any before have the leaves of their bytes', () => {
  const sizes = [1, 3_000, 500, 991, 992, 9_000, 2];
  const calls = sizes.map((size, i) => ({ place: i % 2, record: Buffer.alloc(size, i) }));
  expect(rootOfCalls(DIGESTS, storedOf(calls))).toBe(rootOf(calls));
});

test('a batch without a call has no root, and one that is cut off no calls', () => {
  expect(() => rootOfCalls([], Buffer.alloc(0))).toThrow(RangeError);
  const stored = storedOf([{ place: 0, record: Buffer.from('call') }]);
  expect(() => parseStoredCalls(stored.subarray(0, -1))).toThrow(RangeError);
});
