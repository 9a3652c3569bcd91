/**
 * Tells the supervisor of each request, when it begins and when it is over, for the ledger and the receipts that it writes. A
 * request costs a part of a message: while there are many, they are gathered, and one that is over by then is told once.
 *
 * Guarantees: in the order in which they ended. Not guaranteed: what happened in the last GATHER_MS before this process is killed.
 */
import { type EgressEntry, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { BrokerAsk } from '../asks/ask.ts';
import type { FromBroker, RequestNoteMessage } from '../channel/broker-control.ts';
import { originOf, RequestNote } from './request-note.ts';

type Begun = Extract<RequestNoteMessage, { type: 'begun' }>;

/** Between two messages; the first request after a pause is told at once. */
const GATHER_MS = 25;
/** Notes in one message, which stays well below what a frame may hold. */
const MOST_NOTES = 500;

export class RequestReports {
  readonly #send: (message: FromBroker) => void;
  /** Of requests that are over. */
  #notes: RequestNoteMessage[] = [];
  /** That they began has not been told. */
  readonly #begun = new Map<number, Begun>();
  #isDue = false;
  #flushedAt = -Infinity;
  #lastRequest = 0;

  constructor(send: (message: FromBroker) => void) {
    this.#send = send;
  }

  /** For the asks of one cell. */
  of(attachment: number): AskReports {
    return {
      begin: ({ from, invocation }, { method, url }, isRedirect) => {
        const request = ++this.#lastRequest;
        const asked = { time: new Date().toISOString(), invocation, method, origin: originOf(url) };
        const { function: name, version } = from;
        this.#begun.set(request, { type: 'begun', request, attachment, function: name, version, isRedirect, ...asked });
        this.#sendSoon();
        return new RequestNote(asked, (entry) => this.#onOver(request, entry));
      },
    };
  }

  /** Sends what waits. */
  flush(): void {
    this.#isDue = false;
    this.#flushedAt = performance.now();
    const notes = [...this.#notes, ...this.#begun.values()];
    this.#notes = [];
    this.#begun.clear();
    while (notes.length > 0) this.#send({ v: PROTOCOL_VERSION, type: 'requests', notes: notes.splice(0, MOST_NOTES) });
  }

  #onOver(request: number, { time: _, invocation: __, method: ___, origin: ____, ...ending }: EgressEntry): void {
    const begun = this.#begun.get(request);
    if (begun === undefined) this.#notes.push({ type: 'over', request, ...ending });
    else {
      const { request: _____, ...asked } = begun;
      this.#begun.delete(request);
      this.#notes.push({ ...asked, ...ending, type: 'whole' });
    }
    this.#sendSoon();
  }

  #sendSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const waitMs = this.#flushedAt + GATHER_MS - performance.now();
    if (waitMs > 0) setTimeout(() => this.flush(), waitMs);
    // Before a connection is made.
    else setImmediate(() => this.flush());
  }
}

export interface AskReports {
  begin(ask: BrokerAsk, request: { readonly method: string; readonly url: URL }, isRedirect: boolean): RequestNote;
}
