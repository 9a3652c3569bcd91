/**
 * The roots of batches of receipts. A component under load states thousands of calls in a batch, whose hashes, one for each call and some
 * more, would stop its thread for milliseconds: a second thread makes them. The first batch that is large starts it.
 *
 * Guarantees: each batch gets its root. What a thread had that failed is hashed here, and the next large batch starts another.
 */
import { Worker } from 'node:worker_threads';
import { rootOfCalls } from '@sovfn/protocol/batch-root';

export interface BatchToHash {
  /** Of the contexts. */
  readonly digests: readonly string[];
  /** As they are stored. */
  readonly calls: Uint8Array;
}

interface Asked {
  readonly batch: BatchToHash;
  readonly answer: (root: string) => void;
}

/** Some hundred calls are hashed in less time than a thread that sleeps takes to answer. */
const FEW_BYTES = 64 * 1024;
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 32, stackSizeMb: 1 } as const;

export class BatchRoots {
  #thread: Worker | null = null;
  /** What the thread has, in order. */
  #asked: Asked[] = [];

  /** Never rejects. `batch` must not change meanwhile. */
  async rootOf(batch: BatchToHash): Promise<string> {
    if (batch.calls.length < FEW_BYTES) return rootOfCalls(batch.digests, batch.calls);
    const thread = (this.#thread ??= this.#start());
    return new Promise((answer) => {
      this.#asked.push({ batch, answer });
      thread.postMessage(batch);
    });
  }

  /** What is asked for is still answered. */
  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #start(): Worker {
    const thread = new Worker(new URL('./root-thread.ts', import.meta.url), { resourceLimits: THREAD_LIMITS });
    thread.unref();
    thread.on('message', (root: string) => this.#asked.shift()!.answer(root));
    // 'exit' follows, and does what there is to do.
    thread.on('error', () => undefined);
    thread.on('exit', () => this.#onGone());
    return thread;
  }

  #onGone(): void {
    this.#thread = null;
    const left = this.#asked;
    this.#asked = [];
    for (const { batch, answer } of left) answer(rootOfCalls(batch.digests, batch.calls));
  }
}
