/**
 * Leaves and lines of a batch of receipts, and the root of its lines as they are stored. It imports little: a thread loads it.
 */
import { encodeHash, GrowingTree, hashPrefixed, LEAF_PREFIX, type NodeHash } from './merkle.ts';

/** Values of a call, written as in JSON but without the brackets: what follows the context's digest in its leaf. */
export type LeafLine = string;

export const leafText = (contextDigest: string, line: LeafLine): string => `["${contextDigest}",${line}]`;

/** Of a stored line without its line feed: the place of its context, a tab, the leaf line. */
export function parseStoredLine(stored: string): { readonly place: number; readonly line: LeafLine } {
  const tab = stored.indexOf('\t');
  return { place: Number(stored.slice(0, tab)), line: stored.slice(tab + 1) };
}

const LINE_FEED = 0x0a;
const TAB = 0x09;
const ZERO = 0x30;
const CLOSING_BRACKET = 0x5d;

/**
 * `lines`: ASCII, each as `parseStoredLine` has it and with a line feed behind. `digests`: those of the contexts. Throws RangeError
 * when there is no line.
 */
export function rootOfLines(digests: readonly string[], lines: Uint8Array): string {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  const tree = new GrowingTree();
  const leaf = new LeafBytes();
  for (let at = 0; at < bytes.length;) {
    let place = 0;
    for (; bytes[at] !== TAB; at++) place = 10 * place + bytes[at]! - ZERO;
    const end = bytes.indexOf(LINE_FEED, at);
    tree.add(leaf.hashOf(digests[place]!, bytes, at + 1, end));
    at = end + 1;
  }
  return encodeHash(tree.root());
}

const FIRST_BYTES = 1_024;

/** Leaves as bytes, one after the other in one place: without texts, a leaf is hashed in two thirds of the time. */
class LeafBytes {
  #bytes = Buffer.alloc(FIRST_BYTES);
  /** By length: making a view takes as long as copying a line. */
  #views: Buffer[] = [];
  #digest = '';
  #begin = 0;

  /** That of `leafText`, whose line is given as bytes. */
  hashOf(digest: string, from: Buffer, begin: number, end: number): NodeHash {
    if (digest !== this.#digest) this.#enter(digest);
    const length = this.#begin + end - begin + 1;
    if (length > this.#bytes.length) this.#grow(length);
    from.copy(this.#bytes, this.#begin, begin, end);
    this.#bytes[length - 1] = CLOSING_BRACKET;
    return hashPrefixed((this.#views[length] ??= this.#bytes.subarray(0, length)));
  }

  /** What is in front of the line. */
  #enter(digest: string): void {
    this.#digest = digest;
    this.#begin = this.#bytes.write(`${LEAF_PREFIX}["${digest}",`, 0, 'latin1');
  }

  #grow(length: number): void {
    const larger = Buffer.alloc(2 * length);
    this.#bytes.copy(larger, 0, 0, this.#begin);
    this.#bytes = larger;
    this.#views = [];
  }
}
