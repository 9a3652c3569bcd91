/**
 * Merkle trees with up to sixteen children to a node (SHA-256): an inner hash for fifteen leaves, where RFC 6962 has one for each. From
 * the leaves up, each sixteen neighbours have one parent, and so have those that are left; one that is left alone goes up as it is. A
 * leaf is hashed behind a zero byte, children behind a one, as in RFC 6962.
 */
import { HASH_BYTES, hashPrefixed, NODE_PREFIX, type LeafPlace, type NodeHash } from './merkle.ts';

const CHILDREN = 16;

/** A tree that grows leaf by leaf. */
export class WideTree {
  /** From the leaves up: children whose parent is not full. */
  readonly #levels: Siblings[] = [];

  add(leaf: NodeHash): void {
    let node = leaf;
    for (let level = 0; ; level++) {
      const siblings = (this.#levels[level] ??= new Siblings());
      siblings.add(node);
      if (siblings.size < CHILDREN) return;
      node = siblings.takeParent();
    }
  }

  /** The root; the tree is empty afterwards. Throws RangeError for an empty one. */
  takeRoot(): NodeHash {
    let left: NodeHash | null = null;
    for (const siblings of this.#levels) {
      if (left !== null) siblings.add(left);
      left = siblings.size === 0 ? null : siblings.takeParent();
    }
    if (left === null) throw new RangeError('a tree without leaves has no root');
    return left;
  }
}

class Siblings {
  readonly #bytes = Buffer.alloc(1 + CHILDREN * HASH_BYTES, NODE_PREFIX);
  #last: NodeHash = '';
  size = 0;

  add(node: NodeHash): void {
    this.#bytes.latin1Write(node, 1 + this.size++ * HASH_BYTES, HASH_BYTES);
    this.#last = node;
  }

  /** There must be one at least; none is left. */
  takeParent(): NodeHash {
    const { size } = this;
    this.size = 0;
    return size === 1 ? this.#last : hashPrefixed(this.#bytes.subarray(0, 1 + size * HASH_BYTES));
  }
}

function parentOf(children: readonly NodeHash[]): NodeHash {
  const siblings = new Siblings();
  for (const child of children) siblings.add(child);
  return siblings.takeParent();
}

/** The siblings of a leaf, then those of its parent, and so on up to the root, each in their order. */
export function widePath(leaves: readonly NodeHash[], index: number): NodeHash[] {
  const path: NodeHash[] = [];
  let [level, place] = [leaves, index];
  while (level.length > 1) {
    const first = place - (place % CHILDREN);
    path.push(...level.slice(first, place), ...level.slice(place + 1, first + CHILDREN));
    level = parentsOf(level);
    place = first / CHILDREN;
  }
  return path;
}

function parentsOf(level: readonly NodeHash[]): NodeHash[] {
  const parents: NodeHash[] = [];
  for (let at = 0; at < level.length; at += CHILDREN) parents.push(parentOf(level.slice(at, at + CHILDREN)));
  return parents;
}

/** The root that a path leads to, or null when no tree of this size has such a path. */
export function rootOfWidePath(leaf: NodeHash, { index, size, path }: LeafPlace): NodeHash | null {
  if (index >= size) return null;
  let [node, place, count, used] = [leaf, index, size, 0];
  while (count > 1) {
    const first = place - (place % CHILDREN);
    const siblings = path.slice(used, used + Math.min(CHILDREN, count - first) - 1);
    used += Math.min(CHILDREN, count - first) - 1;
    if (used > path.length) return null;
    node = parentOf(siblings.toSpliced(place - first, 0, node));
    place = first / CHILDREN;
    count = Math.ceil(count / CHILDREN);
  }
  return used === path.length ? node : null;
}
