/**
 * Asynchronous work that the host does for one isolate on the thread pool (cryptography, compression): bounded, in order,
 * and answered by an entry.
 *
 * Guarantees: each piece of work is answered once, unless its call has ended; at most MOST_RUNNING run at a time, and
 * the others wait with at most MOST_HELD_BYTES of input between them. What starts inside an entry is charged to its call.
 * Not guaranteed: that work under way can be stopped, or that the pool's CPU is charged: so each kind of work has limits
 * of its own to what it may cost.
 */
import { threadCpuUs } from '../cpu-clock.ts';
import type { EntryArgument } from './guest.ts';

/** Threads of the pool that libuv has by default: more would only wait there, where they could not be dropped. */
const MOST_RUNNING = 4;
const MOST_WAITING = 1_000;
const MOST_HELD_BYTES = 64 * 2 ** 20;

export interface HostWorkOptions {
  /** May the call still be answered? 0 is the module itself. */
  readonly isOpen: (call: number) => boolean;
  readonly deliver: (call: number, operation: number, value: EntryArgument) => void;
  readonly deliverError: (call: number, operation: number, name: string, message: string) => void;
  /** CPU of this thread that was used outside of an entry. */
  readonly charge: (call: number, cpuUs: number) => void;
}

export interface Work {
  readonly call: number;
  readonly operation: number;
  /** Input that is held until the work is done. */
  readonly bytes: number;
  /** Begins the work. What it rejects with is told to the guest (see `toGuestError`). */
  readonly run: () => Promise<unknown>;
  /** Makes what crosses of the result; not called when nobody waits for it any more. */
  readonly toValue: (result: never) => EntryArgument;
}

export class HostWork {
  readonly #options: HostWorkOptions;
  readonly #waiting: Work[] = [];
  /** Pieces of work of each call that are not answered. */
  readonly #unanswered = new Map<number, number>();
  #running = 0;
  #heldBytes = 0;
  #isClosed = false;

  constructor(options: HostWorkOptions) {
    this.#options = options;
  }

  /** Called inside an entry. Throws RangeError, which is the guest's, when too much is waiting. */
  start(work: Work): void {
    if (this.#waiting.length >= MOST_WAITING) {
      throw new RangeError(`an isolate may have ${MOST_WAITING} operations waiting at a time`);
    }
    if (this.#heldBytes + work.bytes > MOST_HELD_BYTES) {
      throw new RangeError(`the operations of an isolate may hold ${MOST_HELD_BYTES} bytes at a time`);
    }
    this.#heldBytes += work.bytes;
    this.#unanswered.set(work.call, (this.#unanswered.get(work.call) ?? 0) + 1);
    if (this.#running < MOST_RUNNING) void this.#run(work);
    else this.#waiting.push(work);
  }

  /** Will work lead to another entry of the call? */
  isWaiting(call: number): boolean {
    return this.#unanswered.has(call);
  }

  /** The isolate is gone: nothing is begun or answered any more. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
    this.#unanswered.clear();
  }

  async #run(work: Work): Promise<void> {
    this.#running++;
    const answer = await this.#answerOf(work);
    this.#running--;
    this.#finish(work);
    this.#runNext();
    if (this.#isOpen(work)) answer();
  }

  async #answerOf(work: Work): Promise<() => void> {
    const { call, operation } = work;
    try {
      const result = await work.run();
      const value = this.#isOpen(work) ? work.toValue(result as never) : undefined;
      return () => this.#options.deliver(call, operation, value);
    } catch (error) {
      const { name, message } = toGuestError(error);
      return () => this.#options.deliverError(call, operation, name, message);
    }
  }

  #isOpen(work: Work): boolean {
    return !this.#isClosed && this.#options.isOpen(work.call);
  }

  #finish(work: Work): void {
    this.#heldBytes -= work.bytes;
    const left = (this.#unanswered.get(work.call) ?? 0) - 1;
    if (left > 0) this.#unanswered.set(work.call, left);
    else this.#unanswered.delete(work.call);
  }

  #runNext(): void {
    let work = this.#waiting.shift();
    while (work !== undefined && !this.#isOpen(work)) {
      this.#finish(work);
      work = this.#waiting.shift();
    }
    if (work === undefined) return;
    const startedAtUs = threadCpuUs();
    void this.#run(work);
    this.#options.charge(work.call, threadCpuUs() - startedAtUs);
  }
}

/** Node's own errors say more of the host than the guest needs; the names of the Web platform's pass. */
function toGuestError(error: unknown): { name: string; message: string } {
  if (error instanceof DOMException || error instanceof RefusedWork) {
    return { name: error.name, message: error.message };
  }
  if (error instanceof TypeError) return { name: 'TypeError', message: error.message };
  return { name: 'OperationError', message: 'The operation failed for a reason of its own' };
}

/** Work that is refused for what it would cost, or that failed in a way with a name of the Web platform. */
export class RefusedWork extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
