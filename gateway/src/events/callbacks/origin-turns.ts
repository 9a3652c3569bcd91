/**
 * Shares a gateway's sending among the receivers: of one origin so many callbacks are under way, and as many wait here for
 * their turn. More are put back into the queue for as long as the receiver, at its pace, needs for those before them: a
 * receiver that is slow costs neither places in the queue nor a look at each of its callbacks every second.
 */
export const PER_ORIGIN = 16;
const LEAST_MS = 1_000;
/** What is taken for the pace of a receiver of which no callback has ended yet. Milliseconds. */
const FIRST_GUESS_MS = 1_000;

interface Origin {
  underWay: number;
  readonly waiting: (() => void)[];
  /** How long a callback takes: the newest count most. */
  tookMs: number;
  /** When the last callback that was put back is due. Of `performance.now()`. */
  putBackUntil: number;
}

export class OriginTurns {
  readonly #origins = new Map<string, Origin>();

  /** Resolves with 0 when it is the caller's turn, who calls `leave` at the end; else with the milliseconds to come back after. */
  async enter(name: string, now = performance.now()): Promise<number> {
    const origin = this.#originOf(name);
    if (origin.underWay < PER_ORIGIN) origin.underWay++;
    else if (origin.waiting.length >= PER_ORIGIN) return putBackMs(origin, now);
    else await new Promise<void>((resolve) => origin.waiting.push(resolve));
    return 0;
  }

  leave(name: string, tookMs: number): void {
    const origin = this.#originOf(name);
    origin.tookMs = (origin.tookMs + tookMs) / 2;
    const next = origin.waiting.shift();
    if (next !== undefined) return next();
    origin.underWay--;
    if (origin.underWay === 0) this.#origins.delete(name);
  }

  #originOf(name: string): Origin {
    let origin = this.#origins.get(name);
    if (origin === undefined) {
      origin = { underWay: 0, waiting: [], tookMs: FIRST_GUESS_MS, putBackUntil: 0 };
      this.#origins.set(name, origin);
    }
    return origin;
  }
}

function putBackMs(origin: Origin, now: number): number {
  origin.putBackUntil = Math.max(now + LEAST_MS, origin.putBackUntil + origin.tookMs / PER_ORIGIN);
  return Math.round(origin.putBackUntil - now);
}
