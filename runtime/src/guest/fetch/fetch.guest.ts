/** `fetch`: the request goes to the broker, which alone can reach anything (see bridge/asks.ts). */
import type { FetchAnswer, FetchHead } from '../../bridge/asks.ts';
import { outgoingBody, pumpBody } from '../core/ask-body.guest.ts';
import { ask, type AskAnswer, type AskName } from '../core/asks.guest.ts';
import { host } from '../core/host.guest.ts';
import { failOperation } from '../core/pending-operations.guest.ts';
import { promiseReject } from '../core/primordials.guest.ts';
import { requireArguments } from '../core/webidl.guest.ts';
import { type AbortSignal, isAborted, onAbort, reasonOf } from '../events/abort-signal.guest.ts';
import { Body } from './body.guest.ts';
import { Request, requestParts } from './request.guest.ts';
import { fetchedResponse, type Response } from './response.guest.ts';
import { Upload } from './upload.guest.ts';

/** Rejects with TypeError when nothing was answered, and with the signal's reason when it was aborted. */
export function fetch(input: unknown, init: unknown = undefined): Promise<Response> {
  try {
    requireArguments(arguments.length, 1, 'fetch');
    const request = new Request(input, init);
    if (isAborted(request.signal)) return promiseReject(reasonOf(request.signal));
    return send(request);
  } catch (error) {
    return promiseReject(error);
  }
}

async function send(request: Request): Promise<Response> {
  const { headers, body } = requestParts(request);
  const head: FetchHead = {
    method: request.method,
    url: withoutFragment(request.url),
    headers,
    redirect: request.redirect as FetchHead['redirect'],
  };
  const { whole, reader } = outgoingBody(body);
  const exchange = new Exchange(request.signal);
  const onStarted = (name: AskName): void => {
    exchange.start(name);
    if (reader !== null) void pumpBody(reader, name, (reason) => exchange.fail(reason));
  };
  try {
    const answer = await ask<FetchAnswer>({ kind: 'fetch', head, body: whole, streamed: reader !== null, onStarted });
    return fetchedResponse(answer.head, exchange.take(answer));
  } catch (error) {
    exchange.end();
    throw error;
  }
}

/** What a fetch has under way, so that an abort can end it at whatever point it is. */
class Exchange {
  readonly #signal: AbortSignal;
  #name: AskName | null = null;
  #upload: Upload | null = null;
  #stopListening: () => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  start(name: AskName): void {
    this.#name = name;
    this.#stopListening = onAbort(this.#signal, () => this.fail(reasonOf(this.#signal)));
  }

  /** The body of the answer. */
  take({ body }: AskAnswer<FetchAnswer>): Body | null {
    if (body instanceof Upload) {
      this.#upload = body;
      // A signal that outlives the fetch must not keep it.
      body.onEnd = () => this.end();
      return new Body({ kind: 'upload', upload: body });
    }
    this.end();
    return body === null ? null : new Body({ kind: 'bytes', bytes: body });
  }

  /** Whoever waits for the response or its body gets `reason`. */
  fail(reason: unknown): void {
    this.end();
    if (this.#name === null) return;
    const { call, ask: operation } = this.#name;
    host.cancelAsk(call, operation);
    failOperation(call, operation, reason);
    this.#upload?.fail(reason);
  }

  end(): void {
    this.#stopListening();
  }
}

function withoutFragment(url: string): string {
  const at = url.indexOf('#');
  return at === -1 ? url : url.slice(0, at);
}
