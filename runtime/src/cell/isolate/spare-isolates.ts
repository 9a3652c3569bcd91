import type { Guest } from './guest.ts';

/**
 * Isolates with the prelude in them, made ahead while the cell has nothing to do, so that a cold start finds one.
 * Only the memory size that was asked for last is kept ready.
 */
const SPARES = 1;
const REFILL_AFTER_MS = 20;

export class SpareIsolates {
  readonly #makeGuest: (memoryMb: number) => Guest;
  readonly #spares: Guest[] = [];
  #memoryMb: number;
  #made = 0;
  #refill: NodeJS.Timeout | null = null;

  constructor(makeGuest: (memoryMb: number) => Guest, memoryMb: number) {
    this.#makeGuest = makeGuest;
    this.#memoryMb = memoryMb;
    this.#fill();
  }

  /** Isolates made since the process started. */
  get made(): number {
    return this.#made;
  }

  take(memoryMb: number): Guest {
    if (memoryMb !== this.#memoryMb) {
      for (const spare of this.#spares.splice(0)) spare.dispose();
      this.#memoryMb = memoryMb;
    }
    this.#refill ??= setTimeout(() => this.#fill(), REFILL_AFTER_MS).unref();
    return this.#spares.pop() ?? this.#make();
  }

  close(): void {
    if (this.#refill !== null) clearTimeout(this.#refill);
    for (const spare of this.#spares.splice(0)) spare.dispose();
  }

  #fill(): void {
    this.#refill = null;
    while (this.#spares.length < SPARES) this.#spares.push(this.#make());
  }

  #make(): Guest {
    this.#made++;
    return this.#makeGuest(this.#memoryMb);
  }
}
