import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashLeaf, type NodeHash } from './merkle.ts';
import { rootOfWidePath, widePath, WideTree } from './wide-tree.ts';

const SIZES = [1, 2, 15, 16, 17, 18, 31, 32, 33, 255, 256, 257, 272, 273, 4_096, 4_097];

const leavesOf = (size: number): NodeHash[] => Array.from({ length: size }, (_, index) => hashLeaf(`leaf ${index}`));

/** As docs/receipts.md says it: sixteen neighbours have a parent, and one that is alone goes up as it is. */
function rootOf(nodes: readonly NodeHash[]): NodeHash {
  if (nodes.length === 1) return nodes[0]!;
  const parents: NodeHash[] = [];
  for (let at = 0; at < nodes.length; at += 16) {
    const children = nodes.slice(at, at + 16);
    const bytes = Buffer.from(`\u0001${children.join('')}`, 'latin1');
    parents.push(children.length === 1 ? children[0]! : hash('sha256', bytes, 'latin1'));
  }
  return rootOf(parents);
}

test('a tree of each size has its root, and can be used again', () => {
  const tree = new WideTree();
  for (const size of SIZES) {
    const leaves = leavesOf(size);
    for (const leaf of leaves) tree.add(leaf);
    expect([size, tree.takeRoot()]).toEqual([size, rootOf(leaves)]);
  }
  expect(() => tree.takeRoot()).toThrow('no root');
});

test('the path of each leaf leads to the root, and from no other place', () => {
  for (const size of SIZES.filter((each) => each < 300)) {
    const leaves = leavesOf(size);
    const root = rootOf(leaves);
    for (const index of new Set([0, 1, 15, 16, 17, size - 2, size - 1])) {
      if (index < 0 || index >= size) continue;
      const path = widePath(leaves, index);
      const leaf = leaves[index]!;
      const places = Array.from({ length: size + 1 }, (_, place) => place);
      const leading = places.filter((place) => rootOfWidePath(leaf, { index: place, size, path }) === root);
      expect([size, leading]).toEqual([size, [index]]);
    }
  }
});

test('a path that is shorter, longer, in another order or of another size leads nowhere', () => {
  const leaves = leavesOf(40);
  const path = widePath(leaves, 20);
  const altered = [
    ...[path.slice(1), path.slice(0, -1), [...path, path[0]!], path.toReversed(), []],
    ...path.map((_, at) => path.with(at, leaves[20]!)),
  ];
  const root = rootOf(leaves);
  for (const other of altered) expect(rootOfWidePath(leaves[20]!, { index: 20, size: 40, path: other })).not.toBe(root);
  for (const size of [21, 256, 2 ** 31]) {
    expect([size, rootOfWidePath(leaves[20]!, { index: 20, size, path })]).not.toEqual([size, root]);
  }
});
