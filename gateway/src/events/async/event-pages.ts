/**
 * What callers without a token see of their events, under the address that the 202 gave them: the status, the result, and
 * the possibility to cancel. Guarantees: nothing is told to whoever has no such address, not even whether an event exists;
 * of a failure callers learn the outcome and not the function's error, as with any other call. Hostile: every request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { isSovfnError, SovfnError, TERMINAL_STATES } from '@sovfn/protocol';
import { problemOfError } from '../../http/problem.ts';
import { readFunctionHeaders } from '../../http/response-headers.ts';
import { sendProblem } from '../../http/respond.ts';
import type { EventAddress, EventAddresses } from './event-address.ts';
import type { EventLookup, EventView } from './event-lookup.ts';
import type { EventResults } from './event-results.ts';

export interface EventPagesOptions {
  readonly addresses: EventAddresses;
  readonly lookup: EventLookup;
  readonly results: EventResults;
  readonly onError: (error: unknown) => void;
}

const OK = 200;
const RETRY_AFTER_S = '1';
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

export class EventPages {
  readonly #options: EventPagesOptions;

  constructor(options: EventPagesOptions) {
    this.#options = options;
  }

  /** Answers a request below PLATFORM_PREFIX; never throws. `path` without the query. */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    try {
      const found = this.#options.addresses.read(path);
      if (found === null || (found.rest !== '' && found.rest !== '/result')) throw unknownPath();
      if (!READING.has(request.method!)) throw methodNotAllowed(request.method!);
      if (found.rest === '') await this.#sendStatus(request, response, found.of);
      else await this.#sendResult(request, response, found.of);
    } catch (error) {
      this.#refuse(request, response, error);
    }
  }

  async #sendStatus(request: IncomingMessage, response: ServerResponse, of: EventAddress): Promise<void> {
    const view = await this.#options.lookup.find(of);
    const body = Buffer.from(JSON.stringify(statusOf(of, view, this.#options.addresses.path(of))));
    const headers = ['content-type', 'application/json', 'content-length', String(body.length)];
    headers.push('cache-control', 'no-store', 'sovfn-event', of.event);
    if (!TERMINAL_STATES.has(view.state)) headers.push('retry-after', RETRY_AFTER_S);
    response.writeHead(OK, headers);
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  /** The function's response as it was kept: status, headers and body. */
  async #sendResult(request: IncomingMessage, response: ServerResponse, of: EventAddress): Promise<void> {
    const view = await this.#options.lookup.find(of);
    if (!TERMINAL_STATES.has(view.state)) throw notEnded(of, view);
    const result = view.output === null ? null : await this.#options.results.open(view.output);
    if (result === null) throw noResult(of, view);
    const { flat } = readFunctionHeaders(result.headerBlock);
    flat.push('content-length', String(result.bytes), 'cache-control', 'no-store', 'sovfn-event', of.event);
    response.writeHead(result.status, flat);
    if (request.method === 'HEAD') return void response.end();
    await pipeline(Readable.from(result.body(), { objectMode: false }), response);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (!isSovfnError(error) && !request.destroyed) this.#options.onError(error);
    if (response.headersSent || response.destroyed) return void response.destroy();
    const known = isSovfnError(error)
      ? error
      : new SovfnError('internal-error', 'the gateway failed', { cause: error });
    const headers = known.code === 'event-not-ended' ? ['retry-after', RETRY_AFTER_S] : [];
    sendProblem(request, response, problemOfError(known, null), headers);
  }
}

function statusOf(of: EventAddress, view: EventView, path: string): object {
  return {
    event: of.event,
    function: of.function,
    state: view.state,
    acceptedAt: view.acceptedAt,
    endedAt: view.endedAt,
    attempts: view.attempts.map(({ attempt, startedAt, endedAt, outcome, status, retryAt }) => {
      return { attempt, startedAt, endedAt, outcome, status, retryAt };
    }),
    result: view.output === null ? null : `${path}/result`,
  };
}

function unknownPath(): SovfnError {
  return new SovfnError('not-found', 'nothing answers at this address', {
    hint: 'The address of an event stands in the Location header of the answer that accepted it.',
  });
}

function methodNotAllowed(method: string): SovfnError {
  return new SovfnError('method-not-allowed', `${method} is not possible at the address of an event`);
}

function notEnded({ event }: EventAddress, { state }: EventView): SovfnError {
  return new SovfnError('event-not-ended', `event ${event} has no result yet: it is ${state}`, {
    hint: 'Ask again in a moment.',
    facts: { state },
  });
}

function noResult({ event }: EventAddress, { state }: EventView): SovfnError {
  return new SovfnError('output-not-found', `event ${event} ended ${state}, and no result of it is kept`, {
    hint: 'Results are kept unless the function says `"outputs": "none"`.',
    facts: { state },
  });
}
