import { AskError } from './ask.ts';

/**
 * What the asks of one cell may hold together in the process that carries them out: bodies that came and are not passed on yet,
 * those that are collected, answers. That process is everybody's, and the number of asks alone bounds no bytes.
 */
const MOST_BYTES = 128 * 1024 * 1024;

/** Of one cell. */
export class HeldBytes {
  #bytes = 0;

  /** Throws AskError. */
  hold(bytes: number): void {
    if (this.#bytes + bytes > MOST_BYTES) {
      const text = `Subrequests of this cell hold ${this.#bytes} bytes; ${MOST_BYTES} are possible. Try again when some have ended.`;
      throw new AskError('RangeError', text);
    }
    this.#bytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** Of one ask; all of it is given back when the ask is over. */
export class AskBytes {
  readonly #cell: HeldBytes;
  #bytes = 0;
  #isOver = false;

  constructor(cell: HeldBytes) {
    this.#cell = cell;
  }

  /** Throws AskError when the cell's asks hold too much. */
  hold(bytes: number): void {
    if (this.#isOver) return;
    this.#cell.hold(bytes);
    this.#bytes += bytes;
  }

  giveBack(bytes: number): void {
    if (this.#isOver) return;
    this.#cell.giveBack(bytes);
    this.#bytes -= bytes;
  }

  end(): void {
    this.giveBack(this.#bytes);
    this.#isOver = true;
  }
}
