import { expect, test } from 'vitest';
import { encodeHash, GrowingTree, hashLeaf, hashPair, type NodeHash, rootOfPath, WholeTree } from './merkle.ts';

const leavesOf = (size: number): string[] => Array.from({ length: size }, (_, index) => hashLeaf(`leaf ${index}`));

/** As section 2.1 of the RFC defines it: divided at the largest power of two below the number of leaves. */
function rootOf(leaves: readonly NodeHash[]): NodeHash {
  if (leaves.length === 1) return leaves[0]!;
  const split = 2 ** (31 - Math.clz32(leaves.length - 1));
  return hashPair(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

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
    expect(GrowingTree.fromPeaks(size, tree.peaks()).root()).toBe(tree.root());
    const root = tree.take();
    expect(root).toBe(rootOf(leaves));
    const whole = new WholeTree(leaves);
    for (const [index, leaf] of leaves.entries()) {
      const path = whole.path(index);
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

test('a tree that goes on from its peaks is the one that never stopped', () => {
  const leaves = leavesOf(21);
  const never = new GrowingTree();
  let stopping = new GrowingTree();
  for (const leaf of leaves) {
    never.add(leaf);
    stopping.add(leaf);
    stopping = GrowingTree.fromPeaks(stopping.size, stopping.peaks());
    expect([stopping.size, stopping.root()]).toEqual([never.size, never.root()]);
  }
  expect(() => GrowingTree.fromPeaks(20, never.peaks())).toThrow('a tree of 20 leaves has 2 peaks, not 3');
});
