/** Crashes that are taken as accidents: the next cell starts at once. */
const FREE_CRASHES = 10;
/** A tenant whose cells stay alive this long starts from zero. Milliseconds. */
const FORGET_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** How long a tenant waits for its next cell when its cells crash again and again: their starts cost everybody. */
export class CrashPause {
  #crashes = 0;
  #lastAt = -Infinity;

  get crashes(): number {
    return this.#crashes;
  }

  record(now: number): void {
    this.#crashes = now - this.#lastAt > FORGET_MS ? 1 : this.#crashes + 1;
    this.#lastAt = now;
  }

  /** Milliseconds until a cell may be started; 0 at most times. */
  remainingMs(now: number): number {
    const extra = this.#crashes - FREE_CRASHES;
    if (extra <= 0 || now - this.#lastAt > FORGET_MS) return 0;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (extra - 1), LONGEST_PAUSE_MS);
    return Math.max(0, this.#lastAt + pause - now);
  }
}
