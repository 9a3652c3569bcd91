import { setTimeout as delay } from 'node:timers/promises';

/** Lets what waits pass one by one, at most `perSecond` in a second, without saving up for later. */
export class Pace {
  #intervalMs: number;
  #nextAt = 0;

  constructor(perSecond: number | null) {
    this.#intervalMs = intervalOf(perSecond);
  }

  set perSecond(perSecond: number | null) {
    this.#intervalMs = intervalOf(perSecond);
  }

  /** Resolves when it is the caller's turn. Throws what `signal` is aborted with. */
  async turn(signal: AbortSignal): Promise<void> {
    if (this.#intervalMs === 0) return;
    const now = performance.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#intervalMs;
    if (at > now) await delay(at - now, undefined, { signal });
  }
}

function intervalOf(perSecond: number | null): number {
  return perSecond === null ? 0 : 1_000 / perSecond;
}
