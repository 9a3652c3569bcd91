/**
 * The attempts of messages that were gathered into one batch: one call for all of them.
 *
 * Guarantees: a call begins when every message that is still in the batch is ready for it, and each gets what the call came
 * to for it. A message that is stopped gets that at once; the call itself ends early only when all are stopped.
 */
import type { AskedAttempt } from '../dispatch/attempt.ts';
import type { AttemptResult } from '../dispatch/attempt-result.ts';

/** Calls the function with what was asked for, and resolves with a result for each, in order. */
export type CallTogether = (asked: readonly AskedAttempt[], signal: AbortSignal) => Promise<AttemptResult[]>;

interface Ready {
  readonly asked: AskedAttempt;
  readonly resolve: (result: AttemptResult) => void;
  readonly reject: (reason: unknown) => void;
}

export class SharedAttempt {
  readonly #call: CallTogether;
  #members: number;
  #ready: Ready[] = [];

  constructor(members: number, call: CallTogether) {
    this.#members = members;
    this.#call = call;
  }

  /** Throws what the signal is aborted with. May be called again when it has resolved, for a call that could not begin. */
  async attempt(asked: AskedAttempt): Promise<AttemptResult> {
    const { signal } = asked;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<AttemptResult>();
    const ready = { asked, resolve, reject };
    const onAbort = (): void => {
      this.#ready = this.#ready.filter((one) => one !== ready);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#ready.push(ready);
    this.#beginIfComplete();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** A message has ended, or went back: it takes part in no further call. */
  leave(): void {
    this.#members--;
    this.#beginIfComplete();
  }

  #beginIfComplete(): void {
    if (this.#ready.length === 0 || this.#ready.length < this.#members) return;
    const batch = this.#ready.splice(0);
    void this.#run(batch);
  }

  async #run(batch: readonly Ready[]): Promise<void> {
    const asked = batch.map((one) => one.asked);
    const stopped = new AbortController();
    const onAbort = (): void => {
      if (asked.every(({ signal }) => signal.aborted)) stopped.abort(asked[0]!.signal.reason);
    };
    for (const { signal } of asked) signal.addEventListener('abort', onAbort, { once: true });
    try {
      const results = await this.#call(asked, stopped.signal);
      batch.forEach(({ resolve }, index) => resolve(results[index]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      for (const { signal } of asked) signal.removeEventListener('abort', onAbort);
    }
  }
}
