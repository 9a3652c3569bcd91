/** Hands pieces from whoever pushes them to one reader. At most a piece or two wait: `push` tells to stop. */
export class PieceQueue {
  readonly #onWanted: () => void;
  #waiting: Buffer[] = [];
  #state: 'open' | 'ended' | Error = 'open';
  #wake: () => void = () => undefined;

  /** `onWanted`: the reader waits for the next piece. */
  constructor(onWanted: () => void) {
    this.#onWanted = onWanted;
  }

  /** False: push no more until `onWanted`. */
  push(bytes: Buffer): boolean {
    if (this.#state !== 'open') return true;
    this.#waiting.push(bytes);
    this.#wake();
    return false;
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#wake();
  }

  /** The reader gets the error in place of what still waits. */
  fail(error: Error): void {
    if (this.#state !== 'open') return;
    this.#state = error;
    this.#waiting = [];
    this.#wake();
  }

  /** To be read once. */
  async *pieces(): AsyncGenerator<Buffer> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#state === 'ended') return;
      else if (this.#state !== 'open') throw this.#state;
      else await this.#nextPiece();
    }
  }

  async #nextPiece(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#onWanted();
    await promise;
  }
}
