import { type HandlerReport, NOTHING_REPORTED } from '@sovfn/protocol';

/** What the handler of one call has decided so far. About each message the first decision counts. */
export class HandlerDecisions {
  readonly #acked = new Set<number>();
  readonly #retried = new Map<number, number | null>();
  #isFinal = false;

  ack(position: number): void {
    if (!this.#retried.has(position)) this.#acked.add(position);
  }

  /** `delaySeconds` null: as the function's configuration says. */
  retry(position: number, delaySeconds: number | null): void {
    if (!this.#acked.has(position) && !this.#retried.has(position)) this.#retried.set(position, delaySeconds);
  }

  declineRetry(): void {
    this.#isFinal = true;
  }

  report(): HandlerReport {
    return {
      ...NOTHING_REPORTED,
      isFinal: this.#isFinal,
      acked: [...this.#acked],
      retried: Array.from(this.#retried, ([position, delaySeconds]) => ({ position, delaySeconds })),
    };
  }
}
