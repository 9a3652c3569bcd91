import { expect, test } from 'vitest';
import { leafText, rootOfLines } from './batch-root.ts';
import { encodeHash, GrowingTree, hashLeaf } from './merkle.ts';

test('the root of stored lines is that of the leaves of their calls, each in its own context', () => {
  const digests = Array.from({ length: 12 }, (_, i) => `digest-${i}`);
  const calls = Array.from({ length: 1_000 }, (_, i) => ({ place: i % 12, line: `"call-${i}",${i},null` }));
  const tree = new GrowingTree();
  for (const { place, line } of calls) tree.add(hashLeaf(leafText(digests[place]!, line)));
  const lines = Buffer.from(calls.map(({ place, line }) => `${place}\t${line}\n`).join(''));
  expect(rootOfLines(digests, lines)).toBe(encodeHash(tree.root()));
});

test('lines that are longer than any before have the leaves of their text', () => {
  const digests = ['long-digest-of-a-context', 'x'];
  const calls = [1, 3_000, 500, 1_021, 9_000, 2].map((size, i) => ({ place: i % 2, line: `"${'y'.repeat(size)}"` }));
  const tree = new GrowingTree();
  for (const { place, line } of calls) tree.add(hashLeaf(leafText(digests[place]!, line)));
  const lines = Buffer.from(calls.map(({ place, line }) => `${place}\t${line}\n`).join(''));
  expect(rootOfLines(digests, lines)).toBe(encodeHash(tree.root()));
});

test('a batch without a line has no root', () => {
  expect(() => rootOfLines([], Buffer.alloc(0))).toThrow(RangeError);
});
