/**
 * The watch thread: a worker of the cell that looks, every 50 ms, whether the main thread has stayed in an isolate past
 * its time, which happens in native loops that V8 cannot interrupt. It writes one byte per report to WATCH_FD; the
 * supervisor reads it and kills. It also tells the main thread how busy the machine is. The thread touches nothing else,
 * and works while the main thread is stuck.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { WATCH_ALIVE, WATCH_FD, WATCH_INTERVAL_MS, WATCH_OVERRUN } from '../channel/messages.ts';
import { watchThread, type WatchThreadData } from './watch-thread.ts';

const IDLE = 0;
/** Added to an entry's limit before it counts as overrun: V8 needs some time to stop a script. */
const OVERRUN_GRACE_MS = 250;

export interface EntryWatchOptions {
  /** An entry may stay for as long as it likes: somebody looks at it in a debugger. Default: false. */
  readonly isPatient?: boolean;
}

export class EntryWatch {
  readonly isPatient: boolean;
  /**
   * Shared with the thread. 0: milliseconds since 1970 at which the current entry must be over, or IDLE. 1: threads of
   * the machine that wanted to run, per core, at most within the last second; 0 when that cannot be known.
   */
  readonly #shared = new Float64Array(new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT));

  constructor({ isPatient = false }: EntryWatchOptions = {}) {
    this.isPatient = isPatient;
  }

  /** Resolves when the thread has opened what it reads: only then may the process be locked. */
  async start(): Promise<void> {
    const workerData: WatchThreadData = {
      shared: this.#shared,
      reportFd: WATCH_FD,
      aliveByte: WATCH_ALIVE,
      overrunByte: WATCH_OVERRUN,
      aliveMs: WATCH_INTERVAL_MS,
    };
    const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };
    const worker = new Worker(`(${watchThread.toString()})()`, { eval: true, workerData, resourceLimits });
    worker.unref();
    await once(worker, 'message');
  }

  /** At least 1: how many times longer than its CPU time a computation takes now. */
  get contention(): number {
    return Math.max(this.#shared[1]!, 1);
  }

  enter(now: number, timeoutMs: number): void {
    this.#shared[0] = this.isPatient ? IDLE : now + timeoutMs + OVERRUN_GRACE_MS;
  }

  leave(): void {
    this.#shared[0] = IDLE;
  }
}
