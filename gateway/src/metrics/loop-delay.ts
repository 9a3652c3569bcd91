import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Seconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

const RESOLUTION_MS = 20;
/** So that several who ask see the same, and none takes the others' values away. Milliseconds. */
const LEAST_SPAN_MS = 5_000;
const NS_PER_S = 1e9;

/** How late the event loop of this process is: a timer that is due every RESOLUTION_MS says when it came. */
export class LoopDelayWatch implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #since = performance.now();
  #last: LoopDelay | null = null;

  constructor() {
    this.#histogram.enable();
  }

  /** Of the time since the last look, and of at least LEAST_SPAN_MS once there was one. */
  read(): LoopDelay {
    const now = performance.now();
    if (this.#last !== null && now - this.#since < LEAST_SPAN_MS) return this.#last;
    this.#since = now;
    this.#last = {
      p50: this.#late(this.#histogram.percentile(50)),
      p99: this.#late(this.#histogram.percentile(99)),
      longest: this.#late(this.#histogram.max),
    };
    this.#histogram.reset();
    return this.#last;
  }

  [Symbol.dispose](): void {
    this.#histogram.disable();
  }

  /** The histogram holds the time between two firings. */
  #late(ns: number): number {
    return Math.max(0, ns / NS_PER_S - RESOLUTION_MS / 1_000);
  }
}
