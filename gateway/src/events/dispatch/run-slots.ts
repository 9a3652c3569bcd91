/**
 * Runs of events that a gateway has at once. When all slots are taken, whoever waits gets the next one in turn by group
 * (a function's lane), so that one that is flooded takes no more than its share from the others.
 */
export class RunSlots {
  /** A smaller number takes effect as runs end. */
  most: number;
  readonly #waiting = new Map<string, (() => void)[]>();
  #taken = 0;

  constructor(most: number) {
    this.most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Resolves with the function that gives the slot back; to be called once. */
  async take(group: string): Promise<() => void> {
    if (this.#taken < this.most) this.#taken++;
    else await this.#turn(group);
    return () => this.#giveBack();
  }

  async #turn(group: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const queue = this.#waiting.get(group);
    if (queue === undefined) this.#waiting.set(group, [resolve]);
    else queue.push(resolve);
    await promise;
  }

  /** The group that is served goes to the end of the turn: a Map keeps the order in which keys were set. */
  #giveBack(): void {
    if (this.#taken > this.most) return void this.#taken--;
    for (const [group, queue] of this.#waiting) {
      this.#waiting.delete(group);
      const next = queue.shift()!;
      if (queue.length > 0) this.#waiting.set(group, queue);
      return next();
    }
    this.#taken--;
  }
}
