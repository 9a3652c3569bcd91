import type { Guest } from './guest.ts';

/**
 * An isolate with the prelude in it, made ahead so that a cold start finds one, which then gives back what making it has left
 * over. Each of the two takes some milliseconds of the cell's only thread, so they wait until no call has been in an isolate
 * for a moment. Only the memory size that was asked for last is kept ready.
 */

/** Without an entry, after which the cell has nothing to do. */
const CALM_MS = 20;
/** A cell that has always something to do prepares in spite of it. */
const PATIENCE_MS = 100;

export interface SpareIsolatesOptions {
  readonly makeGuest: (memoryMb: number) => Guest;
  readonly memoryMb: number;
  /** For how long no isolate has been entered. */
  readonly idleMs: () => number;
}

export class SpareIsolates {
  readonly #options: SpareIsolatesOptions;
  #memoryMb: number;
  #spare: Guest | null;
  #made = 0;
  #next: NodeJS.Timeout | null = null;

  constructor(options: SpareIsolatesOptions) {
    this.#options = options;
    this.#memoryMb = options.memoryMb;
    this.#spare = this.#make();
    this.#prepareNext();
  }

  /** Isolates made since the process started. */
  get made(): number {
    return this.#made;
  }

  take(memoryMb: number): Guest {
    if (memoryMb !== this.#memoryMb) {
      this.#spare?.dispose();
      this.#spare = null;
      this.#memoryMb = memoryMb;
    }
    if (this.#spare === null) {
      if (this.#next === null) this.#prepareNext();
      return this.#make();
    }
    const guest = this.#spare;
    this.#spare = null;
    this.#stop();
    this.#prepareNext();
    return guest;
  }

  close(): void {
    this.#stop();
    this.#spare?.dispose();
    this.#spare = null;
  }

  #prepareNext(since = performance.now()): void {
    this.#next = setTimeout(() => this.#prepare(since), CALM_MS).unref();
  }

  #prepare(since: number): void {
    this.#next = null;
    const mayWait = performance.now() - since < PATIENCE_MS;
    if (mayWait && this.#options.idleMs() < CALM_MS) return this.#prepareNext(since);
    if (this.#spare !== null) return this.#spare.giveBackLeftovers();
    this.#spare = this.#make();
    this.#prepareNext();
  }

  #stop(): void {
    if (this.#next !== null) clearTimeout(this.#next);
    this.#next = null;
  }

  #make(): Guest {
    this.#made++;
    return this.#options.makeGuest(this.#memoryMb);
  }
}
