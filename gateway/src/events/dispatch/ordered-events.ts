import { setTimeout as delay } from 'node:timers/promises';

export interface OrderedEntry {
  readonly key: string;
  /** Of its message in the stream: the order. */
  readonly sequence: number;
  /** Runs the event; resolves with whether it is over. To be called once. */
  readonly run: () => Promise<boolean>;
  /** Gives the event back unrun. */
  readonly giveBack: () => void;
}

export interface OrderedEventsOptions {
  /** Messages of the lane that were delivered and not acknowledged, to whichever gateway. */
  readonly countUnacknowledged: () => Promise<number>;
  readonly onError: (error: unknown) => void;
}

const POLL_MS = 250;

/**
 * Runs the events of a lane one after the other for each key, in the order of the stream.
 *
 * A gateway that takes over from one that was lost gets the later events at once and the earlier ones only when the server
 * has missed their sign of life. So nothing begins before every unacknowledged message of the lane is here: `isSure`. An
 * event that was let go makes it unsure again, and all that wait behind it go back with it.
 */
export class OrderedEvents {
  readonly #options: OrderedEventsOptions;
  readonly #waiting = new Map<string, OrderedEntry[]>();
  readonly #running = new Set<string>();
  #sure: Promise<void> | null = null;
  #begun = 0;
  #isClosed = false;

  constructor(options: OrderedEventsOptions) {
    this.#options = options;
  }

  add(entry: OrderedEntry): void {
    if (this.#isClosed) return entry.giveBack();
    const queue = this.#waiting.get(entry.key) ?? [];
    queue.push(entry);
    queue.sort((a, b) => a.sequence - b.sequence);
    this.#waiting.set(entry.key, queue);
    void this.#serve(entry.key);
  }

  /** It is not known any more which earlier events other gateways have. What has not begun goes back. */
  reset(): void {
    this.#sure = null;
    const entries = [...this.#waiting.values()].flat().toSorted((a, b) => a.sequence - b.sequence);
    this.#waiting.clear();
    for (const entry of entries) entry.giveBack();
  }

  /** Gives back what waits, and whatever still comes. */
  close(): void {
    this.#isClosed = true;
    this.reset();
  }

  async #serve(key: string): Promise<void> {
    if (this.#running.has(key)) return;
    this.#running.add(key);
    try {
      for (;;) {
        await this.#untilSure();
        const next = this.#next(key);
        if (next === null) return;
        if (!(await this.#run(next))) this.reset();
      }
    } finally {
      this.#running.delete(key);
    }
  }

  async #run(entry: OrderedEntry): Promise<boolean> {
    this.#begun++;
    try {
      return await entry.run();
    } finally {
      this.#begun--;
    }
  }

  #next(key: string): OrderedEntry | null {
    const queue = this.#waiting.get(key) ?? [];
    const next = queue.shift() ?? null;
    if (queue.length === 0) this.#waiting.delete(key);
    return next;
  }

  async #untilSure(): Promise<void> {
    this.#sure ??= this.#becomeSure();
    await this.#sure;
  }

  async #becomeSure(): Promise<void> {
    while (!this.#isClosed && !(await this.#hasAll())) await delay(POLL_MS);
  }

  /** A message that is on its way here counts as missing: it is there at the next look. */
  async #hasAll(): Promise<boolean> {
    try {
      return (await this.#options.countUnacknowledged()) <= this.#held();
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  #held(): number {
    let waiting = 0;
    for (const queue of this.#waiting.values()) waiting += queue.length;
    return waiting + this.#begun;
  }
}
