import type { StatementBytes } from '@sovfn/protocol';
import { VARINT_BYTES, writeVarint } from '@sovfn/protocol/batch-root';

/** Few calls do not need more. */
const FIRST_BYTES = 16 * 1024;

/**
 * The calls of a batch, as they will be stored. As bytes: thousands of objects that live until the batch is sealed would be
 * copied by each collection of short-lived objects meanwhile.
 */
export class BatchCalls {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #filled = 0;
  #size = 0;

  /** Calls. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#filled;
  }

  /** `more` belongs to the record, too. NOTE: on the path of every call. */
  add(place: number, { bytes, begin, end }: StatementBytes, more: Uint8Array): void {
    const length = end - begin + more.length;
    const needed = this.#filled + 2 * VARINT_BYTES + length;
    if (needed > this.#buffer.length) this.#grow(needed);
    const recordAt = writeVarint(length, this.#buffer, writeVarint(place, this.#buffer, this.#filled));
    this.#filled = recordAt + bytes.copy(this.#buffer, recordAt, begin, end);
    if (more.length > 0) this.#buffer.set(more, this.#filled);
    this.#filled += more.length;
    this.#size++;
  }

  /** What there is, in memory of its own; nothing is left. */
  take(): Uint8Array<ArrayBuffer> {
    const calls = this.#buffer.subarray(0, this.#filled);
    this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.#filled = this.#size = 0;
    return calls;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, needed));
    this.#buffer.copy(larger, 0, 0, this.#filled);
    this.#buffer = larger;
  }
}
