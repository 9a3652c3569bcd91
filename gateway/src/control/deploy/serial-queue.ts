import { SovfnError } from '@sovfn/protocol';

/** Runs one piece of work after the other. More than `limit` waiting are refused with `load-shed`. */
export class SerialQueue {
  readonly #limit: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves or rejects as the work does. The failure of one piece does not touch the next. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#limit) {
      throw new SovfnError('load-shed', `${this.#waiting} deploys are waiting already`, {
        hint: 'Try again in a moment.',
      });
    }
    this.#waiting++;
    const result = this.#last.then(work, work).finally(() => this.#waiting--);
    this.#last = result;
    return result;
  }
}
