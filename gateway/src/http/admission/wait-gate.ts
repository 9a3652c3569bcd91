/**
 * How many calls of one kind may wait for an answer at a time. Without limit, until for a while every answer says that its
 * call had waited longer than the target before anything ran: a burst is no reason, a queue that stays is (as in CoDel). From
 * then on the limit follows the wait (as gradient limits do): fewer while even the shortest wait is over the target, more
 * while it is not, and none again when nothing waits or nothing had to be refused.
 *
 * NOTE: on the path of every HTTP call. As long as answers come in time, it costs an addition and two comparisons.
 */
const NEVER = -1;
/** Of targets: so long every wait must be over the target before there is a limit. */
const STANDING = 2;
/** A window takes away at most this part of what may wait. */
const MOST_CUT = 1 / 2;
const GROWTH = 1.1;

export class WaitGate {
  readonly #targetMs: number;
  /** So many may wait always: a few callers of a slow function are no flood. */
  readonly #least: number;
  #waiting = 0;
  #limit = Infinity;
  /** When waits were first over the target, without one in time since. */
  #overSince = NEVER;
  #windowEndsAt = 0;
  #standingMs = 0;
  #leastWaitMs = Infinity;
  #serviceMs = 0;
  #answers = 0;
  #refused = 0;

  /** `targetMs`: Infinity for a gate that is open always. */
  constructor(targetMs: number, least: number) {
    this.#targetMs = targetMs;
    this.#least = least;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Infinity: there is none. */
  get limit(): number {
    return this.#limit;
  }

  /** The shortest wait of the last window. Milliseconds. */
  get standingMs(): number {
    return this.#standingMs;
  }

  get isFull(): boolean {
    return this.#waiting >= this.#limit;
  }

  enter(): void {
    this.#waiting++;
  }

  /** Once for each `enter`. */
  leave(): void {
    if (--this.#waiting === 0) this.#open();
  }

  noteRefused(): void {
    this.#refused++;
  }

  /** An answer has come. `waitMs`: before anything ran; `serviceMs`: from then on. */
  answered(now: number, waitMs: number, serviceMs: number): void {
    if (waitMs <= this.#targetMs) {
      if (this.#limit === Infinity) {
        this.#overSince = NEVER;
        return;
      }
    } else if (this.#overSince === NEVER) {
      this.#overSince = now;
      this.#beginWindow(now, STANDING);
    }
    this.#leastWaitMs = Math.min(this.#leastWaitMs, waitMs);
    this.#serviceMs += serviceMs;
    this.#answers++;
    if (now >= this.#windowEndsAt) this.#endWindow(now);
  }

  #endWindow(now: number): void {
    this.#standingMs = this.#leastWaitMs;
    if (this.#leastWaitMs > this.#targetMs) this.#cut();
    else if (this.#refused === 0) return this.#open();
    else this.#limit = Math.ceil(this.#limit * GROWTH);
    this.#beginWindow(now, 1);
  }

  /** By Little's law: to so many that the wait would be the target. */
  #cut(): void {
    const serviceMs = this.#serviceMs / this.#answers;
    const part = (serviceMs + this.#targetMs) / (serviceMs + this.#leastWaitMs);
    const most = Math.min(this.#limit, this.#waiting);
    this.#limit = Math.max(this.#least, Math.floor(most * Math.max(MOST_CUT, part)));
  }

  #beginWindow(now: number, targets: number): void {
    this.#windowEndsAt = now + targets * this.#targetMs;
    this.#leastWaitMs = Infinity;
    this.#serviceMs = 0;
    this.#answers = 0;
    this.#refused = 0;
  }

  #open(): void {
    this.#limit = Infinity;
    this.#overSince = NEVER;
  }
}
