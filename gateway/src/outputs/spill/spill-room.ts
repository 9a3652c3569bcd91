/**
 * Whether a spill stream has room for more calls. Each open output counts as one message of the largest size, so an output
 * that was begun finds room for up to 512 KiB even if the object store fails meanwhile. Calls that were let in and have
 * not answered yet draw on a margin. An estimate when several gateways share the stream: each knows the others' outputs
 * only up to a second late.
 */

/** Largest end message: 512 KiB of body, and its metadata. Bytes. */
const OUTPUT_BYTES = 640 * 1024;
/** What the server keeps with each message: subject, headers, record. Bytes. */
const MESSAGE_OVERHEAD_BYTES = 256;
/** Part of the stream that no new call may count on. */
const MARGIN = 1 / 16;

export class SpillRoom {
  readonly #maxBytes: number;
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  isEnoughFor(outputs: number): boolean {
    return this.#usedBytes + outputs * OUTPUT_BYTES <= this.#maxBytes * (1 - MARGIN);
  }

  /** The server has said how much it holds. */
  observe(usedBytes: number): void {
    this.#usedBytes = usedBytes;
  }

  /** A message of this size was stored since. */
  add(bytes: number): void {
    this.#usedBytes += bytes + MESSAGE_OVERHEAD_BYTES;
  }

  /** The server has refused a message for want of room. */
  markFull(): void {
    this.#usedBytes = this.#maxBytes;
  }
}
