/**
 * Fills in the notes of requests: which address each was really sent to, and how it went. A dispatcher shares its
 * connections among requests, and says only through its diagnostics channel which one a request got.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import type { CountryOf } from './country-database.ts';
import { EgressRefused } from './policy.ts';
import type { RequestNote } from './request-note.ts';

export interface NotedOptions extends Dispatcher.RequestOptions {
  readonly note: RequestNote;
}

/** The request that is beginning: the channel speaks in the same turn, before any other request begins. */
let beginning: RequestNote | null = null;

subscribe('undici:client:sendHeaders', (message) => {
  if (beginning !== null) beginning.address = (message as { readonly socket: Socket }).socket.remoteAddress ?? null;
  beginning = null;
});

/** Requests without a note pass unseen. */
export function noteRequests(countryOf: CountryOf | null): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const { note } = options as Partial<NotedOptions>;
    return dispatch(options, note === undefined ? handler : new NotingHandler(handler, note, countryOf));
  };
}

type Handler = Required<Dispatcher.DispatchHandler>;

/** Passes everything on. */
class NotingHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #note: RequestNote;
  readonly #countryOf: CountryOf | null;

  constructor(handler: Dispatcher.DispatchHandler, note: RequestNote, countryOf: CountryOf | null) {
    this.#handler = handler;
    this.#note = note;
    this.#countryOf = countryOf;
  }

  onRequestStart(...args: Parameters<Handler['onRequestStart']>): void {
    beginning = this.#note;
    this.#handler.onRequestStart?.(...args);
  }

  onResponseStart(...args: Parameters<Handler['onResponseStart']>): void {
    this.#note.status = args[1];
    this.#handler.onResponseStart?.(...args);
  }

  onResponseData(...args: Parameters<Handler['onResponseData']>): void {
    this.#note.receivedBytes += args[1].length;
    this.#handler.onResponseData?.(...args);
  }

  onResponseEnd(...args: Parameters<Handler['onResponseEnd']>): void {
    this.#end(null);
    this.#handler.onResponseEnd?.(...args);
  }

  onResponseError(...args: Parameters<Handler['onResponseError']>): void {
    this.#end(args[1]);
    this.#handler.onResponseError?.(...args);
  }

  #end(error: Error | null): void {
    const note = this.#note;
    if (note.address !== null) note.country = this.#countryOf?.(note.address) ?? null;
    if (error === null) return note.end('answered');
    if (error instanceof EgressRefused) return note.end('refused', error.message);
    note.end(note.status === null ? 'failed' : 'cut', error.message);
  }
}
