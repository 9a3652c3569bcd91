/**
 * Many deadlines, one timer: setting and clearing one writes to an array, because a call that is answered in time must not pay
 * for a timer. Deadlines are looked at every `tickMs`, so they fire up to that much late, never early. No Map: see InFlight.
 */
export interface DeadlinesOptions<Item> {
  readonly onDue: (item: Item) => void;
  /** Milliseconds between looks; default 25. */
  readonly tickMs?: number;
}

/** Has one deadline at the most. */
export interface Timed {
  /** For Deadlines alone; NO_DEADLINE to begin with. */
  deadlineSlot: number;
}

export const NO_DEADLINE = -1;
const DEFAULT_TICK_MS = 25;

export class Deadlines<Item extends Timed> {
  readonly #items: (Item | null)[] = [];
  readonly #dueAt: number[] = [];
  readonly #freeSlots: number[] = [];
  readonly #onDue: (item: Item) => void;
  readonly #tickMs: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: DeadlinesOptions<Item>) {
    this.#onDue = options.onDue;
    this.#tickMs = options.tickMs ?? DEFAULT_TICK_MS;
  }

  /** `dueAtMs` on the clock of `performance.now()`. Replaces an earlier deadline of the item. */
  set(item: Item, dueAtMs: number): void {
    if (item.deadlineSlot === NO_DEADLINE) {
      item.deadlineSlot = this.#freeSlots.pop() ?? this.#items.length;
      this.#items[item.deadlineSlot] = item;
    }
    this.#dueAt[item.deadlineSlot] = dueAtMs;
    this.#timer ??= setInterval(() => this.#look(), this.#tickMs).unref();
  }

  clear(item: Item): void {
    if (item.deadlineSlot === NO_DEADLINE) return;
    this.#items[item.deadlineSlot] = null;
    this.#freeSlots.push(item.deadlineSlot);
    item.deadlineSlot = NO_DEADLINE;
  }

  close(): void {
    for (const item of this.#items) if (item !== null) this.clear(item);
    this.#stopTimer();
  }

  #look(): void {
    const now = performance.now();
    for (let slot = 0; slot < this.#items.length; slot++) {
      const item = this.#items[slot]!;
      if (item === null || this.#dueAt[slot]! > now) continue;
      this.clear(item);
      this.#onDue(item);
    }
    if (this.#freeSlots.length === this.#items.length) this.#stopTimer();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
