import { SLICE_CAP_MS } from '@sovfn/protocol';
import { threadCpuUs } from '../cpu-clock.ts';
import type { EntryWatch } from '../watch.ts';
import type { EntryArgument, EntryName, EntryResult, GuestIsolate } from './guest-isolate.ts';

/**
 * Times the entries of all isolates of a cell: gives each a limit in wall time that lets it use the CPU it still has,
 * tells the watch thread, and measures the CPU it used. One entry at a time, as the cell has one thread.
 */

/** Shorter entries say nothing about how busy the machine is. */
const RATIO_SAMPLE_MS = 0.5;
/** A busier machine is believed at once, a quieter one slowly. */
const RATIO_DECAY = 0.1;
const RATIO_CAP = 10;
/** A limit follows what the machine was like before; one that becomes busy in the middle of an entry gets this much more. */
const RATIO_MARGIN = 1.5;
const SLACK_MS = 10;

export interface MeasuredEntry {
  readonly result: EntryResult;
  readonly wallMs: number;
}

export class EntryMeter {
  readonly #watch: EntryWatch;
  /** Recent wall time over CPU time, 1–RATIO_CAP. */
  #ratio = 1;
  #chargedUpToUs = 0;

  constructor(watch: EntryWatch) {
    this.#watch = watch;
  }

  /** Runs one entry. The CPU it used is what `chargeUs` returns from here on. */
  enter(guest: GuestIsolate, name: EntryName, args: EntryArgument[], timeoutMs: number): MeasuredEntry {
    return this.measure(timeoutMs, () => guest.enter(name, args, timeoutMs));
  }

  /** Measures any stay in an isolate that is limited to `timeoutMs`. */
  measure<T>(timeoutMs: number, stay: () => T): { result: T; wallMs: number } {
    const startedAt = performance.now();
    const cpuAtStart = threadCpuUs();
    this.#chargedUpToUs = cpuAtStart;
    this.#watch.enter(Date.now(), timeoutMs);
    try {
      const result = stay();
      const wallMs = performance.now() - startedAt;
      if (wallMs > RATIO_SAMPLE_MS) this.#learn(wallMs, (threadCpuUs() - cpuAtStart) / 1_000);
      return { result, wallMs };
    } finally {
      this.#watch.leave();
    }
  }

  /** Microseconds of CPU since the start of the entry, or since the last call of this: each is charged once. */
  chargeUs(): number {
    const now = threadCpuUs();
    const used = now - this.#chargedUpToUs;
    this.#chargedUpToUs = now;
    return used;
  }

  /** The wall time in which an entry can use so much CPU, as busy as the machine is. */
  limitMs(cpuBudgetUs: number): number {
    const ratio = Math.min(Math.max(this.#ratio, this.#watch.contention), RATIO_CAP);
    const wallMs = (Math.max(cpuBudgetUs, 0) / 1_000) * ratio * RATIO_MARGIN + SLACK_MS;
    return Math.min(Math.ceil(wallMs), SLICE_CAP_MS);
  }

  #learn(wallMs: number, cpuMs: number): void {
    const ratio = Math.min(Math.max(wallMs / Math.max(cpuMs, 0.1), 1), RATIO_CAP);
    this.#ratio = Math.max(ratio, this.#ratio + (ratio - this.#ratio) * RATIO_DECAY);
  }
}
