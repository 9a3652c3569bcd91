/**
 * Many deadlines, one timer: setting and clearing one is a map operation, because a call that is answered in time must
 * not pay for a timer. Deadlines are looked at every `tickMs`, so they fire up to that much late, never early.
 */
export interface DeadlinesOptions<K> {
  readonly onDue: (key: K) => void;
  /** Milliseconds between looks; default 25. */
  readonly tickMs?: number;
}

const DEFAULT_TICK_MS = 25;

export class Deadlines<K> {
  readonly #due = new Map<K, number>();
  readonly #onDue: (key: K) => void;
  readonly #tickMs: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: DeadlinesOptions<K>) {
    this.#onDue = options.onDue;
    this.#tickMs = options.tickMs ?? DEFAULT_TICK_MS;
  }

  /** `dueAtMs` on the clock of `performance.now()`. Replaces an earlier deadline of the key. */
  set(key: K, dueAtMs: number): void {
    this.#due.set(key, dueAtMs);
    this.#timer ??= setInterval(() => this.#look(), this.#tickMs).unref();
  }

  clear(key: K): void {
    this.#due.delete(key);
  }

  close(): void {
    this.#due.clear();
    this.#stopTimer();
  }

  #look(): void {
    const now = performance.now();
    for (const [key, dueAt] of this.#due) {
      if (dueAt > now) continue;
      this.#due.delete(key);
      this.#onDue(key);
    }
    if (this.#due.size === 0) this.#stopTimer();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
