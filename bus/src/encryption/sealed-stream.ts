/**
 * Bytes that are sealed as they come, in chunks of 64 KiB (the STREAM construction): the head of format.ts, 16 bytes of
 * salt, then each chunk's ciphertext with its tag of 16 bytes. The key of the stream is HKDF-SHA256 of the data key, with
 * the salt, for `sovfn-stream` and the place; the nonce of a chunk is its number (11 bytes) and a byte that is 1 for the
 * last one. An empty stream has one empty chunk.
 *
 * Guarantees: chunks open in their order and place only; one that ends early, or goes on, is noticed at its end. Memory
 * is bounded by a chunk. What was given out before the end of a stream that turns out to be damaged was authentic.
 * Hostile: sealed bytes.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { SealedPlace } from '@sovfn/protocol';
import type { DataKey, DataKeySource } from './data-key.ts';
import { CIPHER, HEAD_BYTES, NONCE_BYTES, placeBytes, readHead, TAG_BYTES, unreadable, writeHead } from './format.ts';

export const CHUNK_BYTES = 64 * 1024;
const SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES;
const SALT_BYTES = 16;
const STREAM_HEAD = HEAD_BYTES + SALT_BYTES;
const KEY_BYTES = 32;

/** Length of what `bytes` bytes become. */
export function sealedStreamBytes(bytes: number): number {
  return STREAM_HEAD + bytes + Math.max(1, Math.ceil(bytes / CHUNK_BYTES)) * TAG_BYTES;
}

/** Seals pieces of any size. What `push` and `end` give, one after the other, is the sealed stream. */
export class StreamSealer {
  readonly #key: Buffer;
  readonly #held = Buffer.allocUnsafe(CHUNK_BYTES);
  #heldBytes = 0;
  #chunks = 0;
  #head: Buffer | null;

  constructor(key: DataKey, place: SealedPlace) {
    const head = Buffer.allocUnsafe(STREAM_HEAD);
    writeHead(head, 'stream', key.name.generation);
    randomBytes(SALT_BYTES).copy(head, HEAD_BYTES);
    this.#head = head;
    this.#key = streamKey(key, place, head);
  }

  /** What can be given out already; may be empty. */
  push(piece: Uint8Array): Buffer {
    const out: Buffer[] = this.#takeHead();
    for (let at = 0; at < piece.length;) {
      // A full chunk waits for the byte after it: it may be the last.
      if (this.#heldBytes === CHUNK_BYTES) out.push(...this.#sealHeld(false));
      const take = Math.min(piece.length - at, CHUNK_BYTES - this.#heldBytes);
      this.#held.set(piece.subarray(at, at + take), this.#heldBytes);
      this.#heldBytes += take;
      at += take;
    }
    return Buffer.concat(out);
  }

  end(): Buffer {
    return Buffer.concat([...this.#takeHead(), ...this.#sealHeld(true)]);
  }

  #takeHead(): Buffer[] {
    const head = this.#head;
    this.#head = null;
    return head === null ? [] : [head];
  }

  #sealHeld(isLast: boolean): Buffer[] {
    const cipher = createCipheriv(CIPHER, this.#key, chunkNonce(this.#chunks++, isLast));
    const text = cipher.update(this.#held.subarray(0, this.#heldBytes));
    cipher.final();
    this.#heldBytes = 0;
    return [text, cipher.getAuthTag()];
  }
}

/** The bytes of a sealed stream from `offset` on. Throws `key-unavailable`, `data-unreadable`, or what the source threw. */
export async function* openStream(
  keys: DataKeySource,
  place: SealedPlace,
  source: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const chunks = cut(source);
  const head = await chunks.take(STREAM_HEAD);
  const generation = readHead(head, 'stream', place);
  if (head.length < STREAM_HEAD) throw unreadable(place, 'it is cut off');
  const { tenant, purpose } = place;
  const key = streamKey(await keys.get({ tenant, purpose, generation }), place, head);
  for (let number = 0, isLast = false; !isLast; number++) {
    const sealed = await chunks.take(SEALED_CHUNK);
    isLast = await chunks.isEnded();
    if (sealed.length < TAG_BYTES) throw unreadable(place, 'it is cut off');
    const decipher = createDecipheriv(CIPHER, key, chunkNonce(number, isLast)).setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      const bytes = decipher.update(sealed.subarray(0, -TAG_BYTES));
      decipher.final();
      yield bytes;
    } catch {
      throw unreadable(place, `chunk ${number} is not what was sealed there`);
    }
  }
}

/** The same bytes, sealed as they come. */
export async function* sealStream(
  key: DataKey,
  place: SealedPlace,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const sealer = new StreamSealer(key, place);
  for await (const piece of source) {
    const sealed = sealer.push(piece);
    if (sealed.length > 0) yield sealed;
  }
  yield sealer.end();
}

function streamKey(key: DataKey, place: SealedPlace, head: Buffer): Buffer {
  const info = Buffer.concat([Buffer.from('sovfn-stream'), head.subarray(0, HEAD_BYTES), placeBytes(place)]);
  return Buffer.from(hkdfSync('sha256', key.secret, head.subarray(HEAD_BYTES), info, KEY_BYTES));
}

function chunkNonce(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUIntBE(number, NONCE_BYTES - 7, 6);
  nonce[NONCE_BYTES - 1] = isLast ? 1 : 0;
  return nonce;
}

/** Takes exact numbers of bytes from a source of pieces. */
function cut(source: AsyncIterable<Buffer>) {
  const pieces = source[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  let heldBytes = 0;
  let isDone = false;
  const fill = async (bytes: number): Promise<void> => {
    while (heldBytes < bytes && !isDone) {
      const next = await pieces.next();
      if (next.done === true) {
        isDone = true;
        continue;
      }
      held.push(next.value);
      heldBytes += next.value.length;
    }
  };
  return {
    /** Fewer only at the end. */
    async take(bytes: number): Promise<Buffer> {
      await fill(bytes);
      const all = held.length === 1 ? held[0]! : Buffer.concat(held, heldBytes);
      const taken = all.subarray(0, bytes);
      held = all.length > bytes ? [all.subarray(bytes)] : [];
      heldBytes = all.length - taken.length;
      return taken;
    },
    async isEnded(): Promise<boolean> {
      await fill(1);
      return heldBytes === 0;
    },
  };
}
