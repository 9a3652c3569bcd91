/**
 * Decisions before deeds: while ticks wait to be decided, those that are decided wait with what follows from it. Both need the same
 * bus and the same thread, and a tick is on time by its decision, so when thousands are due in one second, none of them is late
 * because events of others are being accepted and run.
 *
 * Guarantees: nobody waits longer than LONGEST_MS, also when there is always something to be decided.
 */
const LONGEST_MS = 5_000;

export class DecisionsFirst {
  readonly #waiting = new Set<() => void>();
  #undecided = 0;

  /** What `work` throws counts as decided. */
  async decide<T>(work: () => Promise<T>): Promise<T> {
    this.#undecided++;
    try {
      return await work();
    } finally {
      this.#undecided--;
      if (this.#undecided === 0) this.#letAllGo();
    }
  }

  /** Resolves when nothing waits to be decided, or after LONGEST_MS. */
  async untilDecided(): Promise<void> {
    if (this.#undecided === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LONGEST_MS);
    this.#waiting.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }

  #letAllGo(): void {
    for (const go of this.#waiting) go();
  }
}
