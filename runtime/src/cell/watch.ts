/**
 * The watch thread: a worker of the cell that looks, every 50 ms, whether the main thread has stayed in an isolate past
 * its time, which happens in native loops that V8 cannot interrupt. It writes one byte per report to WATCH_FD; the
 * supervisor reads it and kills. The thread touches nothing else, and works while the main thread is stuck.
 */
import { Worker } from 'node:worker_threads';
import { WATCH_ALIVE, WATCH_FD, WATCH_INTERVAL_MS, WATCH_OVERRUN } from '../channel/messages.ts';
import { watchThread, type WatchThreadData } from './watch-thread.ts';

const IDLE = 0;
/** Added to an entry's limit before it counts as overrun: V8 needs some time to stop a script. */
const OVERRUN_GRACE_MS = 250;

export class EntryWatch {
  /** Milliseconds since 1970 at which the current entry must be over, or IDLE. Shared with the thread. */
  readonly #deadline = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));

  start(): void {
    const workerData: WatchThreadData = {
      deadline: this.#deadline,
      reportFd: WATCH_FD,
      aliveByte: WATCH_ALIVE,
      overrunByte: WATCH_OVERRUN,
      aliveMs: WATCH_INTERVAL_MS,
    };
    const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };
    new Worker(`(${watchThread.toString()})()`, { eval: true, workerData, resourceLimits }).unref();
  }

  enter(now: number, timeoutMs: number): void {
    this.#deadline[0] = now + timeoutMs + OVERRUN_GRACE_MS;
  }

  leave(): void {
    this.#deadline[0] = IDLE;
  }
}
