import type { Log } from '../logger.ts';

/** How long outputs go straight to the stream after the store failed, before one of them tries it again. */
const PAUSE_MS = 5_000;

/**
 * Remembers whether the object store works, so that a store that hangs costs one call in five seconds its time limit
 * instead of every call. A drain that succeeds opens the gate at once.
 */
export class StoreGate {
  readonly #log: Log;
  readonly #now: () => number;
  /** 0: open. Otherwise the time from which one caller may try. */
  #closedUntil = 0;

  constructor(log: Log, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** Whether the caller may use the store now. While it is down, yes is said to one caller per pause. */
  mayTry(): boolean {
    if (this.#closedUntil === 0) return true;
    if (this.#now() < this.#closedUntil) return false;
    this.#closedUntil = this.#now() + PAUSE_MS;
    return true;
  }

  succeeded(): void {
    if (this.#closedUntil === 0) return;
    this.#closedUntil = 0;
    this.#log('info', 'output-store-up');
  }

  failed(error: unknown): void {
    if (this.#closedUntil === 0) this.#log('warn', 'output-store-down', { error: String(error) });
    this.#closedUntil = this.#now() + PAUSE_MS;
  }
}
