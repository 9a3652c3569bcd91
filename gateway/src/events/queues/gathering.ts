/** Messages of one queue on their way into batches. */
export interface Gathered {
  /** Of the body. */
  readonly bytes: number;
}

export interface GatheringOptions {
  /** Most messages in a batch, and how long the first one waits for others. Asked each time: a deploy may change them. */
  readonly sizes: () => { readonly batchSize: number; readonly batchWaitMs: number };
  /** A batch may begin: it is full, or its first message has waited. `take` is to follow once for each of these. */
  readonly onReady: () => void;
}

/** What waits while every slot is taken goes into the next batch that begins, up to its size. */
export class Gathering<Item extends Gathered> {
  readonly #options: GatheringOptions;
  #waiting: { readonly item: Item; readonly since: number }[] = [];
  /** Batches that may begin, and were not taken. */
  #ready = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  add(item: Item): void {
    this.#waiting.push({ item, since: performance.now() });
    this.#look();
  }

  /** The oldest messages, as many as make a batch and have at most `mostBytes`; at least one, unless none is left. */
  take(mostBytes: number): Item[] {
    const { batchSize } = this.#options.sizes();
    let bytes = 0;
    let count = 0;
    for (const { item } of this.#waiting.slice(0, batchSize)) {
      bytes += item.bytes;
      if (count > 0 && bytes > mostBytes) break;
      count++;
    }
    this.#ready--;
    const taken = this.#waiting.splice(0, count).map(({ item }) => item);
    this.#look();
    return taken;
  }

  /** All that wait: no batch begins with them. */
  clear(): Item[] {
    this.#stopTimer();
    return this.#waiting.splice(0).map(({ item }) => item);
  }

  #look(): void {
    const { batchSize, batchWaitMs } = this.#options.sizes();
    while (this.#waiting.length >= (this.#ready + 1) * batchSize) this.#becomeReady();
    const first = this.#waiting[this.#ready * batchSize];
    if (first === undefined) return this.#stopTimer();
    this.#timer ??= setTimeout(() => this.#onTime(), Math.max(0, first.since + batchWaitMs - performance.now()));
  }

  #onTime(): void {
    this.#timer = null;
    if (this.#waiting.length > this.#ready * this.#options.sizes().batchSize) this.#becomeReady();
  }

  #becomeReady(): void {
    this.#ready++;
    this.#stopTimer();
    this.#options.onReady();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
