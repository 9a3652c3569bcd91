/**
 * Calls of a batch of receipts as they are stored, their leaves, and the root of them all. It imports little: a thread loads it.
 *
 * A stored call: place of its context and length of its record, each a varint, then the record (`call-record.ts`). Its leaf is the hash of
 * a zero byte, the SHA-256 of the context (32 bytes) and the record.
 */
import { decodeHash, encodeHash, HASH_BYTES, hashPrefixed, type NodeHash } from './merkle.ts';
import { StatementReader } from './statement-bytes.ts';
import { WideTree } from './wide-tree.ts';

export { VARINT_BYTES, writeVarint } from './statement-bytes.ts';

export interface StoredCall {
  /** Of its context. */
  readonly place: number;
  readonly record: Buffer;
}

/** Throws RangeError for what is cut off. */
export function parseStoredCalls(stored: Buffer): StoredCall[] {
  const reader = new StatementReader(stored);
  const calls: StoredCall[] = [];
  while (!reader.isAtEnd) {
    const place = reader.varint();
    const length = reader.varint();
    const begin = reader.skip(length);
    calls.push({ place, record: stored.subarray(begin, begin + length) });
  }
  return calls;
}

/** `contextDigest`: base64url. */
export function leafOfRecord(contextDigest: string, record: Uint8Array): NodeHash {
  return hashPrefixed(Buffer.concat([new Uint8Array(1), Buffer.from(contextDigest, 'base64url'), record]));
}

/** Of stored calls. `digests`: those of the contexts, base64url. Throws RangeError when there is no call. */
export function rootOfCalls(digests: readonly string[], calls: Uint8Array): string {
  const bytes = Buffer.from(calls.buffer, calls.byteOffset, calls.byteLength);
  const contexts = digests.map(decodeHash);
  const reader = new StatementReader(bytes);
  const leaf = new LeafBytes();
  const tree = new WideTree();
  while (!reader.isAtEnd) {
    const place = reader.varint();
    const length = reader.varint();
    tree.add(leaf.hashOf(contexts[place]!, bytes, reader.skip(length), length));
  }
  return encodeHash(tree.takeRoot());
}

const RECORD_AT = 1 + HASH_BYTES;
const FIRST_BYTES = 1_024;

/** Leaves as bytes, one after the other in one place. */
class LeafBytes {
  #bytes = Buffer.alloc(FIRST_BYTES);
  /** By length: making a view takes as long as copying a record. */
  #views: Buffer[] = [];
  #context: NodeHash = '';

  hashOf(context: NodeHash, from: Buffer, at: number, length: number): NodeHash {
    const size = RECORD_AT + length;
    if (size > this.#bytes.length) this.#grow(size);
    if (context !== this.#context) this.#enter(context);
    from.copy(this.#bytes, RECORD_AT, at, at + length);
    return hashPrefixed((this.#views[size] ??= this.#bytes.subarray(0, size)));
  }

  #enter(context: NodeHash): void {
    this.#context = context;
    this.#bytes.latin1Write(context, 1, HASH_BYTES);
  }

  #grow(size: number): void {
    this.#bytes = Buffer.alloc(2 * size);
    this.#views = [];
    this.#context = '';
  }
}
