import { SovfnError } from '@sovfn/protocol';

/**
 * Bytes of deliveries that may be in memory at a time: a signature covers the whole body, so that a body must be there
 * whole before anybody knows whose it is.
 */
export class BodyRoom {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Throws `load-shed` when there is no more room; then nothing was taken. */
  take(bytes: number): void {
    if (this.#used + bytes > this.#limit) {
      throw new SovfnError('load-shed', `${this.#used} bytes of webhook deliveries are being read already`, {
        hint: 'Send the delivery again in a moment.',
        facts: { limitValue: this.#limit, measured: this.#used },
      });
    }
    this.#used += bytes;
  }

  free(bytes: number): void {
    this.#used -= bytes;
  }
}
