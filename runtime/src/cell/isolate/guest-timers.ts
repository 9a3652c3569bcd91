/** The timers of one isolate: numbers chosen by the guest, kept by the host, each belonging to a call (0: to none). */
const MOST_TIMERS = 10_000;

interface GuestTimer {
  readonly call: number;
  readonly handle: NodeJS.Timeout;
}

export class GuestTimers {
  readonly #timers = new Map<number, GuestTimer>();
  readonly #onDue: (call: number, timer: number) => void;

  constructor(onDue: (call: number, timer: number) => void) {
    this.#onDue = onDue;
  }

  /** Throws RangeError at MOST_TIMERS: a function that sets more has lost count. */
  set(call: number, timer: number, delayMs: number, repeat: boolean): void {
    if (this.#timers.size >= MOST_TIMERS) throw new RangeError(`an isolate may have ${MOST_TIMERS} timers at a time`);
    this.clear(timer);
    const due = (): void => {
      if (!repeat) this.#timers.delete(timer);
      this.#onDue(call, timer);
    };
    const handle = repeat ? setInterval(due, Math.max(delayMs, 1)) : setTimeout(due, delayMs);
    this.#timers.set(timer, { call, handle });
  }

  clear(timer: number): void {
    const known = this.#timers.get(timer);
    if (known === undefined) return;
    clearTimeout(known.handle);
    this.#timers.delete(timer);
  }

  /** Has the call, or the module itself, a timer that will lead to another entry? */
  isWaiting(call: number): boolean {
    for (const timer of this.#timers.values()) if (timer.call === call) return true;
    return false;
  }

  clearCall(call: number): void {
    for (const [number, timer] of this.#timers) if (timer.call === call) this.clear(number);
  }

  clearAll(): void {
    for (const number of this.#timers.keys()) this.clear(number);
  }
}
