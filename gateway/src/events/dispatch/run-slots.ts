import { untilTurn } from '../until-turn.ts';

/**
 * Calls of events that a gateway has at once. When all slots are taken, whoever waits gets the next one in turn by group
 * (a function's lane), so that one that is flooded takes no more than its share from the others. A slot is for a call under
 * way: what sleeps (until it is due, for its rate, for room in the zone) must hold none, or one function stands in the way of
 * all.
 */
export class RunSlots {
  readonly #waiting = new Map<string, (() => void)[]>();
  #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** A smaller number takes effect as calls end. */
  set most(most: number) {
    this.#most = most;
    while (this.#taken < most && this.#waiting.size > 0) {
      this.#taken++;
      this.#serveNext();
    }
  }

  get taken(): number {
    return this.#taken;
  }

  /** Resolves with the function that gives the slot back; to be called once. Throws what `signal` is aborted with. */
  async take(group: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken < this.#most) this.#taken++;
    else
      await untilTurn({ join: (turn) => this.#join(group, turn), leave: (turn) => this.#forget(group, turn) }, signal);
    return () => this.#giveBack();
  }

  #join(group: string, turn: () => void): void {
    const queue = this.#waiting.get(group);
    if (queue === undefined) this.#waiting.set(group, [turn]);
    else queue.push(turn);
  }

  #forget(group: string, turn: () => void): void {
    const queue = (this.#waiting.get(group) ?? []).filter((other) => other !== turn);
    if (queue.length > 0) this.#waiting.set(group, queue);
    else this.#waiting.delete(group);
  }

  #giveBack(): void {
    if (this.#taken > this.#most || this.#waiting.size === 0) this.#taken--;
    else this.#serveNext();
  }

  /** The group that is served goes to the end of the turn: a Map keeps the order in which keys were set. */
  #serveNext(): void {
    const [group, queue] = this.#waiting.entries().next().value!;
    this.#waiting.delete(group);
    const next = queue.shift()!;
    if (queue.length > 0) this.#waiting.set(group, queue);
    next();
  }
}
