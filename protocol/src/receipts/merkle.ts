/**
 * Merkle trees of RFC 6962 (section 2.1, SHA-256): a leaf is hashed behind a zero byte, two nodes behind a one. One signature
 * of the root covers every leaf, and a path of a few hashes proves that a leaf is among them.
 *
 * Hashes are strings of 32 latin1 characters: Node makes those in a third of the time of a Buffer.
 */
import { hash } from 'node:crypto';
import type {} from '../latin1.ts';

export type NodeHash = string;

const LEAF_PREFIX = '\0';
export const NODE_PREFIX = 1;
export const HASH_BYTES = 32;
/** A tree of 2^31 leaves. */
const MOST_LEVELS = 31;

const pair = Buffer.alloc(1 + 2 * HASH_BYTES);
pair[0] = NODE_PREFIX;

/** Of a leaf of ASCII text. */
export function hashLeaf(text: string): NodeHash {
  return hash('sha256', LEAF_PREFIX + text, 'latin1');
}

/** Of bytes that begin with the prefix of a leaf or of nodes. */
export function hashPrefixed(bytes: Uint8Array): NodeHash {
  return hash('sha256', bytes, 'latin1');
}

export function hashPair(left: NodeHash, right: NodeHash): NodeHash {
  pair.latin1Write(left, 1, HASH_BYTES);
  pair.latin1Write(right, 1 + HASH_BYTES, HASH_BYTES);
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

  /** Throws RangeError for an empty tree. */
  root(): NodeHash {
    let root: NodeHash | null = null;
    for (const subtree of this.#subtrees) {
      if (subtree !== null) root = root === null ? subtree : hashPair(subtree, root);
    }
    if (root === null) throw new RangeError('a tree without leaves has no root');
    return root;
  }

  /** The root; the tree is empty afterwards. Throws RangeError for an empty one. */
  take(): NodeHash {
    const root = this.root();
    this.#subtrees.fill(null);
    this.#size = 0;
    return root;
  }

  /** The roots of the whole subtrees, the smallest first: with the size, all that is needed to go on. */
  peaks(): NodeHash[] {
    return this.#subtrees.filter((subtree) => subtree !== null);
  }

  /** The tree with these peaks. Throws RangeError when a tree of that size has another number of them. */
  static fromPeaks(size: number, peaks: readonly NodeHash[]): GrowingTree {
    const tree = new GrowingTree();
    let next = 0;
    for (let level = 0; level < MOST_LEVELS; level++) {
      if (Math.floor(size / 2 ** level) % 2 === 1) tree.#subtrees[level] = peaks[next++] ?? null;
    }
    if (next !== peaks.length) throw new RangeError(`a tree of ${size} leaves has ${next} peaks, not ${peaks.length}`);
    tree.#size = size;
    return tree;
  }
}

/** A tree whose leaves are all known. */
export class WholeTree {
  /** The leaves, then the level above, and so on up to the root. */
  readonly #levels: readonly (readonly NodeHash[])[];

  constructor(leaves: readonly NodeHash[]) {
    const levels = [leaves];
    for (let level = leaves; level.length > 1;) {
      level = nextLevel(level);
      levels.push(level);
    }
    this.#levels = levels;
  }

  /** The hashes that lead from a leaf to the root, from below. */
  path(index: number): NodeHash[] {
    const path: NodeHash[] = [];
    let place = index;
    for (const level of this.#levels) {
      const sibling = level[place % 2 === 0 ? place + 1 : place - 1];
      if (sibling !== undefined) path.push(sibling);
      place = Math.floor(place / 2);
    }
    return path;
  }
}

/** A last node without a neighbour goes up as it is. */
function nextLevel(level: readonly NodeHash[]): NodeHash[] {
  const above: NodeHash[] = [];
  for (let at = 0; at < level.length; at += 2) {
    above.push(at + 1 < level.length ? hashPair(level[at]!, level[at + 1]!) : level[at]!);
  }
  return above;
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
