/** So much at once, and so much a second after that. */
export class RateBudget {
  readonly #burst: number;
  readonly #perMs: number;
  readonly #now: () => number;
  #left: number;
  #filledAt: number;

  /** `now`: milliseconds of a clock that never steps back. */
  constructor(burst: number, perSecond: number, now: () => number = () => performance.now()) {
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#now = now;
    this.#left = burst;
    this.#filledAt = now();
  }

  /** False, and nothing is taken, when there is less left. `credit`: by how much it may be overdrawn. */
  take(amount: number, credit = 0): boolean {
    const now = this.#now();
    this.#left = Math.min(this.#burst, this.#left + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
    if (amount > this.#left + credit) return false;
    this.#left -= amount;
    return true;
  }
}
