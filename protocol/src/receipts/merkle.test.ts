import { expect, test } from 'vitest';
import { encodeHash, GrowingTree, hashLeaf, inclusionPath, rootOf, rootOfPath } from './merkle.ts';

const leavesOf = (size: number): string[] => Array.from({ length: size }, (_, index) => hashLeaf(`leaf ${index}`));

test('the hash of a leaf is that of RFC 6962', () => {
  // SHA-256 of one zero byte: the leaf without content, as certificate transparency's test vectors have it.
  expect(Buffer.from(encodeHash(hashLeaf('')), 'base64url').toString('hex')).toBe(
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
});

test('a tree that grows has the root of RFC 6962, and the path of each leaf leads to it and of no other place', () => {
  const tree = new GrowingTree();
  for (let size = 1; size <= 33; size++) {
    const leaves = leavesOf(size);
    for (const leaf of leaves) tree.add(leaf);
    expect(tree.size).toBe(size);
    const root = tree.take();
    expect(root).toBe(rootOf(leaves));
    for (const [index, leaf] of leaves.entries()) {
      const path = inclusionPath(leaves, index);
      for (let place = 0; place <= size; place++) {
        expect([size, index, place, rootOfPath(leaf, { index: place, size, path }) === root]).toEqual([
          ...[size, index, place],
          place === index,
        ]);
      }
      if (path.length > 0) expect(rootOfPath(leaf, { index, size, path: path.slice(1) })).not.toBe(root);
    }
  }
  expect(() => tree.take()).toThrow('no root');
});
