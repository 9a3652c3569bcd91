import { cutReason, type EgressEntry, type EgressOutcome } from '@sovfn/protocol';

export interface AskedRequest {
  /** When it began. */
  readonly time: string;
  readonly invocation: string | null;
  readonly method: string;
  readonly origin: string;
}

/** What the ledger will say of one request, gathered while it is under way. Told once, when it is over. */
export class RequestNote {
  address: string | null = null;
  country: string | null = null;
  status: number | null = null;
  sentBytes = 0;
  receivedBytes = 0;
  readonly #asked: AskedRequest;
  readonly #tell: (entry: EgressEntry) => void;
  readonly #startedAt = performance.now();
  #isTold = false;

  constructor(asked: AskedRequest, tell: (entry: EgressEntry) => void) {
    this.#asked = asked;
    this.#tell = tell;
  }

  end(outcome: EgressOutcome, reason: string | null = null): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const { address, country, status, sentBytes, receivedBytes } = this;
    this.#tell({
      ...this.#asked,
      ...{ address, country, outcome, status },
      ...{ sentBytes, receivedBytes, wallMs: Math.round(performance.now() - this.#startedAt) },
      reason: reason === null ? null : cutReason(reason),
    });
  }

  /** Counts what of a streamed body is sent. */
  async *counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      this.sentBytes += piece.length;
      yield piece;
    }
  }
}

const LONGEST_ORIGIN = 1_024;

export function originOf(url: URL): string {
  return (url.origin === 'null' ? url.protocol : url.origin).slice(0, LONGEST_ORIGIN);
}
