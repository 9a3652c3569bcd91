/**
 * Merkle trees of RFC 6962 (section 2.1, SHA-256): a leaf is hashed behind a zero byte, two nodes behind a one. One signature
 * of the root covers every leaf, and a path of a few hashes proves that a leaf is among them.
 *
 * Hashes are strings of 32 latin1 characters: Node makes those in a third of the time of a Buffer.
 */
import { hash } from 'node:crypto';

export type NodeHash = string;

const LEAF_PREFIX = '\0';
const NODE_PREFIX = 1;
const HASH_BYTES = 32;
/** A tree of 2^31 leaves. */
const MOST_LEVELS = 31;

const pair = Buffer.alloc(1 + 2 * HASH_BYTES);
pair[0] = NODE_PREFIX;

/** Of a leaf of ASCII text. */
export function hashLeaf(text: string): NodeHash {
  return hash('sha256', LEAF_PREFIX + text, 'latin1');
}

export function hashPair(left: NodeHash, right: NodeHash): NodeHash {
  pair.write(left, 1, HASH_BYTES, 'latin1');
  pair.write(right, 1 + HASH_BYTES, HASH_BYTES, 'latin1');
  return hash('sha256', pair, 'latin1');
}

export const encodeHash = (node: NodeHash): string => Buffer.from(node, 'latin1').toString('base64url');
export const decodeHash = (text: string): NodeHash => Buffer.from(text, 'base64url').toString('latin1');

/** A tree that grows leaf by leaf; it keeps a hash for each whole subtree only. */
export class GrowingTree {
  /** At place n: the root of a whole subtree of 2^n leaves, or null. */
  readonly #subtrees: (NodeHash | null)[] = Array.from({ length: MOST_LEVELS }, () => null);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(leaf: NodeHash): void {
    let node = leaf;
    let level = 0;
    for (; this.#subtrees[level] !== null; level++) {
      node = hashPair(this.#subtrees[level]!, node);
      this.#subtrees[level] = null;
    }
    this.#subtrees[level] = node;
    this.#size++;
  }

  /** The root; the tree is empty afterwards. Throws RangeError for an empty one. */
  take(): NodeHash {
    let root: NodeHash | null = null;
    for (const [level, subtree] of this.#subtrees.entries()) {
      if (subtree === null) continue;
      root = root === null ? subtree : hashPair(subtree, root);
      this.#subtrees[level] = null;
    }
    this.#size = 0;
    if (root === null) throw new RangeError('a tree without leaves has no root');
    return root;
  }
}

/** The hashes that lead from a leaf to the root, from below. */
export function inclusionPath(leaves: readonly NodeHash[], index: number): NodeHash[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  if (index < split) return [...inclusionPath(left, index), rootOf(right)];
  return [...inclusionPath(right, index - split), rootOf(left)];
}

export function rootOf(leaves: readonly NodeHash[]): NodeHash {
  if (leaves.length === 1) return leaves[0]!;
  const split = splitOf(leaves.length);
  return hashPair(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

/** The root that a path leads to (RFC 9162, section 2.1.3.2), or null when no tree of this size has such a path. */
export function rootOfPath(leaf: NodeHash, { index, size, path }: LeafPlace): NodeHash | null {
  if (index >= size) return null;
  let place = index;
  let last = size - 1;
  let root = leaf;
  for (const sibling of path) {
    if (last === 0) return null;
    if (place % 2 === 1 || place === last) {
      root = hashPair(sibling, root);
      for (; place % 2 === 0 && place !== 0; place = Math.floor(place / 2)) last = Math.floor(last / 2);
    } else {
      root = hashPair(root, sibling);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : null;
}

export interface LeafPlace {
  readonly index: number;
  readonly size: number;
  readonly path: readonly NodeHash[];
}

/** The largest power of two below the number of leaves. */
function splitOf(leaves: number): number {
  return 2 ** (31 - Math.clz32(leaves - 1));
}
