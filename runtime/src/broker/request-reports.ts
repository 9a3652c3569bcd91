/**
 * Tells the supervisor of each request, when it begins and when it is over, for the ledger and the receipts that it writes.
 *
 * Guarantees: in the order in which it happened. Not guaranteed: what happened in the last turn of the event loop before this
 * process is killed.
 */
import { type EgressEntry, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { BrokerAsk } from '../asks/ask.ts';
import type { FromBroker, RequestNoteMessage } from '../channel/broker-control.ts';
import { originOf, RequestNote } from './request-note.ts';

/** Notes in one message, which stays well below what a frame may hold. */
const MOST_NOTES = 500;

export class RequestReports {
  readonly #send: (message: FromBroker) => void;
  #notes: RequestNoteMessage[] = [];
  #isDue = false;
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
        this.#add({ type: 'begun', request, attachment, function: name, version, isRedirect, ...asked });
        return new RequestNote(asked, (entry: EgressEntry) => this.#add({ type: 'over', request, entry }));
      },
    };
  }

  /** Sends what waits. */
  flush(): void {
    this.#isDue = false;
    while (this.#notes.length > 0) {
      this.#send({ v: PROTOCOL_VERSION, type: 'requests', notes: this.#notes.splice(0, MOST_NOTES) });
    }
  }

  #add(note: RequestNoteMessage): void {
    this.#notes.push(note);
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.flush());
  }
}

export interface AskReports {
  begin(ask: BrokerAsk, request: { readonly method: string; readonly url: URL }, isRedirect: boolean): RequestNote;
}
