/**
 * Leaves and lines of a batch of receipts, and the root of its lines as they are stored. It imports little: a thread loads it.
 */
import { encodeHash, GrowingTree, hashLeaf } from './merkle.ts';

/** Values of a call, written as in JSON but without the brackets: what follows the context's digest in its leaf. */
export type LeafLine = string;

export const leafText = (contextDigest: string, line: LeafLine): string => `["${contextDigest}",${line}]`;

/** Of a stored line without its line feed: the place of its context, a tab, the leaf line. */
export function parseStoredLine(stored: string): { readonly place: number; readonly line: LeafLine } {
  const tab = stored.indexOf('\t');
  return { place: Number(stored.slice(0, tab)), line: stored.slice(tab + 1) };
}

const LINE_FEED = 0x0a;

/**
 * `lines`: ASCII, each as `parseStoredLine` has it and with a line feed behind. `digests`: those of the contexts. Throws RangeError
 * when there is no line.
 */
export function rootOfLines(digests: readonly string[], lines: Uint8Array): string {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  const tree = new GrowingTree();
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, at);
    const { place, line } = parseStoredLine(bytes.toString('latin1', at, end));
    tree.add(hashLeaf(leafText(digests[place]!, line)));
    at = end + 1;
  }
  return encodeHash(tree.root());
}
