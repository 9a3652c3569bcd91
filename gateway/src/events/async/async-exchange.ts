/**
 * One request that asks for an asynchronous call: it is checked as a call is, its body is read, and it is answered 202
 * once the event is accepted. A client that goes away before its body is whole leaves no event behind.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorStatus, isSovfnError, SovfnError } from '@sovfn/protocol';
import { Exchange } from '../../http/exchange.ts';
import type { BodyRoom } from '../../http/body-room.ts';
import type { Destination } from '../../http/function-exchange.ts';
import { problemOfError } from '../../http/problem.ts';
import { packRequestHeaders } from '../../http/request-headers.ts';
import { hasBody, sendProblem } from '../../http/respond.ts';
import { addressOf } from '../accept/accepted-event.ts';
import type { Acceptance, EventAcceptor } from '../accept/event-acceptor.ts';
import type { StoredBody } from '../accept/event-bodies.ts';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { readAsyncOptions } from './async-options.ts';
import type { EventAddresses } from './event-address.ts';
import { EventBody } from './event-body.ts';

/** What all asynchronous exchanges of a gateway share. */
export interface AsyncSurroundings {
  readonly acceptor: EventAcceptor;
  readonly addresses: EventAddresses;
  readonly callbacks: Callbacks;
  /** For bodies that are kept in memory. */
  readonly room: BodyRoom;
  readonly newEvent: () => string;
  /** Asks `onClientDue` at that time whether the client still moves. */
  readonly watchClient: (exchange: AsyncExchange, dueAt: number) => void;
  readonly onOver: (exchange: AsyncExchange) => void;
  readonly onError: (event: null, error: unknown) => void;
}

/** A client that sends nothing of its body for this long is given up; and one whose small body is not whole by then. */
const CLIENT_IDLE_MS = 30_000;
const BODY_MS = 60_000;
const NO_BYTES = Buffer.alloc(0);
const ACCEPTED = 202;

export class AsyncExchange extends Exchange {
  readonly #surroundings: AsyncSurroundings;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #destination: Destination;
  readonly #startedAt = performance.now();
  #body: EventBody | null = null;

  constructor(surroundings: AsyncSurroundings, request: IncomingMessage, response: ServerResponse, to: Destination) {
    super();
    this.#surroundings = surroundings;
    this.#request = request;
    this.#response = response;
    this.#destination = to;
  }

  begin(): void {
    this.#response.once('close', () => this.#onClose());
    this.#accept().then(
      (acceptance) => this.#sendAccepted(acceptance),
      (error: unknown) => this.#refuse(error),
    );
  }

  /** Looks whether the client still moves. Returns when to look again, or null when nothing is expected of it. */
  onClientDue(now: number): number | null {
    const since = this.#body?.waitsSince ?? null;
    if (since === null) return this.#request.complete ? null : now + CLIENT_IDLE_MS;
    const wholeBy = this.#body!.isKept ? this.#startedAt + BODY_MS : Infinity;
    const dueAt = Math.min(since + CLIENT_IDLE_MS, wholeBy);
    if (now < dueAt) return dueAt;
    const message = `the request body came too slowly: ${CLIENT_IDLE_MS} ms without a byte, or ${BODY_MS} ms for all of it`;
    this.#body!.fail(new SovfnError('request-timeout', message, { hint: 'Send the body without such pauses.' }));
    return null;
  }

  async #accept(): Promise<Acceptance> {
    const { to } = this.#destination;
    const { acceptor, callbacks } = this.#surroundings;
    const { url, key, notBefore, callback, orderingKey } = readAsyncOptions(
      this.#request.headers,
      this.#destination.url,
    );
    if (callback !== null) await callbacks.rules.assertAnybodyMay(to, callback);
    acceptor.assertRoom(to);
    if (key === null) acceptor.assertStorage(to);
    const headers = packRequestHeaders(this.#request, this.#destination);
    const facts = { trigger: 'async', method: this.#request.method!, url, headers, callback, orderingKey } as const;
    try {
      const body = hasBody(this.#request) ? await this.#readBody() : NO_BYTES;
      return await acceptor.accept({ to, facts, body, key, notBefore });
    } finally {
      this.#body?.free();
    }
  }

  async #readBody(): Promise<Buffer | StoredBody> {
    const { acceptor, room, newEvent, watchClient } = this.#surroundings;
    const { to } = this.#destination;
    const { bodies } = acceptor;
    this.#body = new EventBody({ request: this.#request, response: this.#response, to, room, bodies, newEvent });
    watchClient(this, performance.now() + CLIENT_IDLE_MS);
    return this.#body.read();
  }

  #sendAccepted({ id, isDuplicate }: Acceptance): void {
    if (this.#response.destroyed) return;
    const { to } = this.#destination;
    const status = this.#surroundings.addresses.path({ ...addressOf(to), event: id });
    const body = Buffer.from(JSON.stringify({ event: id, status, isDuplicate }));
    const headers = ['content-type', 'application/json', 'content-length', String(body.length)];
    headers.push('location', status, 'preference-applied', 'respond-async', 'cache-control', 'no-store');
    headers.push('sovfn-event', id, 'sovfn-zone', to.target.zone);
    if (isDuplicate) headers.push('sovfn-duplicate', 'true');
    this.#response.writeHead(ACCEPTED, headers);
    this.#response.end(this.#request.method === 'HEAD' ? NO_BYTES : body);
  }

  #refuse(error: unknown): void {
    if (!isSovfnError(error) || errorStatus(error.code) >= 500) this.#surroundings.onError(null, error);
    this.#destination.to.counts.noteRefused(isSovfnError(error) ? error.code : 'internal-error');
    if (this.#response.destroyed) return;
    const known = isSovfnError(error)
      ? error
      : new SovfnError('internal-error', 'the gateway failed', { cause: error });
    const retryAfter = known.facts['retryAfterS'];
    const headers = typeof retryAfter === 'number' ? ['retry-after', String(retryAfter)] : [];
    sendProblem(this.#request, this.#response, problemOfError(known, null), headers);
  }

  #onClose(): void {
    if (!this.#request.complete) this.#body?.fail(new SovfnError('canceled', 'the client has gone away'));
    this.#surroundings.onOver(this);
  }
}
