import type {} from '@sovfn/protocol/latin1';

/** Few calls do not need more. */
const FIRST_BYTES = 16 * 1024;

/**
 * The lines of a batch, as they will be stored. As bytes: thousands of strings that live until the batch is sealed would be
 * copied by each collection of short-lived objects meanwhile.
 */
export class BatchLines {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #filled = 0;
  #size = 0;

  /** Lines. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#filled;
  }

  /** ASCII. NOTE: on the path of every call. */
  add(place: string, line: string): void {
    const end = this.#filled + place.length + line.length + 1;
    if (end > this.#buffer.length) this.#grow(end);
    this.#filled += this.#buffer.latin1Write(place, this.#filled);
    this.#filled += this.#buffer.latin1Write(line, this.#filled);
    this.#buffer[this.#filled++] = 0x0a;
    this.#size++;
  }

  /** What there is, in memory of its own; nothing is left. */
  take(): Uint8Array<ArrayBuffer> {
    const lines = this.#buffer.subarray(0, this.#filled);
    this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.#filled = this.#size = 0;
    return lines;
  }

  #grow(end: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, end));
    this.#buffer.copy(larger, 0, 0, this.#filled);
    this.#buffer = larger;
  }
}
