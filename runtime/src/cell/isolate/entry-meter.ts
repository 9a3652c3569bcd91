import { SLICE_CAP_MS } from '@sovfn/protocol';
import { threadCpuUs } from '../cpu-clock.ts';
import type { EntryWatch } from '../watch.ts';
import type { EntryArgument, EntryName, EntryResult, Guest } from './guest.ts';

/**
 * Times the entries of all isolates of a cell: gives each a limit in wall time that lets it use the CPU it still has,
 * tells the watch thread, and measures the CPU it used. One entry at a time, as the cell has one thread.
 */

/** A stay up to this long counts with its wall time, and says nothing about how busy the machine is. */
const SHORT_US = 500;
/** A busier machine is believed at once, a quieter one slowly. */
const RATIO_DECAY = 0.1;
const RATIO_CAP = 10;
/**
 * A limit follows what the machine was like before; one that becomes busy in the middle of an entry gets this much more.
 * Too little ends honest calls as `node-overloaded`; too much lets a loop run on for longer than it may.
 */
const RATIO_MARGIN = 2;
const SLACK_MS = 100;
/** Much less than what the limit of one call allows anyway, to which it is added. */
const SHARED_ENTRY_MS = 20;

export interface MeasuredEntry {
  readonly result: EntryResult;
  readonly wallMs: number;
}

export class EntryMeter {
  readonly #watch: EntryWatch;
  /** Recent wall time over CPU time, 1–RATIO_CAP. */
  #ratio = 1;
  /** A reading of the CPU clock in this turn of the event loop, and the CPU that was charged since. */
  #readUs = 0;
  #chargedUs = 0;
  #isRead = false;
  /** Up to where the wall time of the current entry has been charged. */
  #chargedUpToMs = 0;
  readonly #endTurn = (): void => {
    this.#isRead = false;
  };

  constructor(watch: EntryWatch) {
    this.#watch = watch;
  }

  /** How long calls may begin in an entry that they share. */
  get sharedEntryMs(): number {
    return this.#watch.isPatient ? SLICE_CAP_MS : SHARED_ENTRY_MS;
  }

  /** For how long no entry has begun or ended. */
  get idleMs(): number {
    return performance.now() - this.#chargedUpToMs;
  }

  /** Runs one entry. The CPU it used is what `chargeUs` returns from here on. */
  enter(guest: Guest, name: EntryName, args: EntryArgument[], timeoutMs: number): MeasuredEntry {
    return this.measure(timeoutMs, () => guest.enter(name, args, timeoutMs));
  }

  /** Measures any stay in an isolate that is limited to `timeoutMs`. */
  measure<T>(timeoutMs: number, stay: () => T): { result: T; wallMs: number } {
    if (!this.#isRead) this.#readClock();
    const startedAt = performance.now();
    this.#chargedUpToMs = startedAt;
    this.#watch.enter(Date.now(), timeoutMs);
    try {
      const result = stay();
      return { result, wallMs: performance.now() - startedAt };
    } finally {
      this.#watch.leave();
    }
  }

  /**
   * Microseconds of CPU since the start of the entry, or since the last call of this: each is charged once. A short stay
   * is charged its wall time, because reading the CPU clock is a system call that would cost more than it.
   */
  chargeUs(): number {
    const now = performance.now();
    const wallUs = (now - this.#chargedUpToMs) * 1_000;
    this.#chargedUpToMs = now;
    const usedUs = wallUs > SHORT_US ? this.#usedSinceReading(wallUs) : wallUs;
    this.#chargedUs += usedUs;
    return usedUs;
  }

  /** The wall time in which an entry can use so much CPU, as busy as the machine is. */
  limitMs(cpuBudgetUs: number): number {
    const ratio = Math.min(Math.max(this.#ratio, this.#watch.contention), RATIO_CAP);
    const wallMs = (Math.max(cpuBudgetUs, 0) / 1_000) * ratio * RATIO_MARGIN + SLACK_MS;
    return Math.min(Math.ceil(wallMs), SLICE_CAP_MS);
  }

  /** What the thread did besides, since the reading, is in it; more than the wall time it cannot be. */
  #usedSinceReading(wallUs: number): number {
    const usedUs = Math.min(threadCpuUs() - this.#readUs - this.#chargedUs, wallUs);
    this.#learn(wallUs / 1_000, usedUs / 1_000);
    return Math.max(usedUs, 0);
  }

  /** Once a turn at the most. */
  #readClock(): void {
    this.#readUs = threadCpuUs();
    this.#chargedUs = 0;
    this.#isRead = true;
    setImmediate(this.#endTurn);
  }

  #learn(wallMs: number, cpuMs: number): void {
    const ratio = Math.min(Math.max(wallMs / Math.max(cpuMs, 0.1), 1), RATIO_CAP);
    this.#ratio = Math.max(ratio, this.#ratio + (ratio - this.#ratio) * RATIO_DECAY);
  }
}
