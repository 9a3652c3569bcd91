/** The root of a batch of receipts, from its lines as they are stored. Alone in its module: a thread loads nothing else. */
import { encodeHash, GrowingTree, hashLeaf } from './merkle.ts';

const LINE_FEED = 0x0a;

/**
 * `lines`: each with the place of its context and a tab in front, and a line feed behind. `prefixes`: the begin of the leaves of
 * each context. Throws RangeError when there is no line.
 */
export function rootOfLines(prefixes: readonly string[], lines: Uint8Array): string {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  const tree = new GrowingTree();
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, at);
    const line = bytes.toString('latin1', at, end);
    const tab = line.indexOf('\t');
    tree.add(hashLeaf(`${prefixes[Number(line.slice(0, tab))]}${line.slice(tab + 1)}]`));
    at = end + 1;
  }
  return encodeHash(tree.root());
}
