/**
 * One delivery over HTTP: its body is read whole, it is received, and answered once its event is stored. A sender that goes
 * away in the meantime may have had its event accepted; its repetition is told that it is a duplicate.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { errorStatus, isSovfnError, SovfnError } from '@sovfn/protocol';
import { Exchange } from '../http/exchange.ts';
import type { BodyRoom } from '../http/body-room.ts';
import { problemOfError } from '../http/problem.ts';
import { packRequestHeaders } from '../http/request-headers.ts';
import { sendProblem } from '../http/respond.ts';
import { DeliveryBody } from './delivery-body.ts';
import type { DeliveryHeaders } from './scheme.ts';
import type { WebhookDestination } from './webhook-address.ts';
import type { WebhookAnswer, WebhookReceiver } from './webhook-receiver.ts';

/** What all deliveries of a gateway share. */
export interface WebhookSurroundings {
  readonly receiver: WebhookReceiver;
  readonly room: BodyRoom;
  readonly isDraining: () => boolean;
  /** Asks `onClientDue` at that time whether the client still moves. */
  readonly watchClient: (exchange: WebhookExchange, dueAt: number) => void;
  readonly onOver: (exchange: WebhookExchange) => void;
  readonly onError: (invocation: null, error: unknown) => void;
}

/** A sender that sends nothing of its body for this long is given up; and one whose body is not whole by then. */
const CLIENT_IDLE_MS = 30_000;
const BODY_MS = 60_000;
const METHOD = 'POST';

export class WebhookExchange extends Exchange {
  readonly #surroundings: WebhookSurroundings;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #destination: WebhookDestination;
  readonly #body: DeliveryBody;
  readonly #startedAt = performance.now();

  constructor(
    surroundings: WebhookSurroundings,
    request: IncomingMessage,
    response: ServerResponse,
    to: WebhookDestination,
  ) {
    super();
    this.#surroundings = surroundings;
    this.#request = request;
    this.#response = response;
    this.#destination = to;
    this.#body = new DeliveryBody({ request, response, to: to.to, room: surroundings.room });
  }

  begin(): void {
    this.#response.once('close', () => this.#onClose());
    this.#receive().then(
      (answer) => this.#send(answer),
      (error: unknown) => this.#refuse(error),
    );
  }

  /** Looks whether the sender still moves. Returns when to look again, or null when nothing is expected of it. */
  onClientDue(now: number): number | null {
    const { waitsSince } = this.#body;
    if (waitsSince === null) return null;
    const dueAt = Math.min(waitsSince + CLIENT_IDLE_MS, this.#startedAt + BODY_MS);
    if (now < dueAt) return dueAt;
    const message = `the delivery came too slowly: ${CLIENT_IDLE_MS} ms without a byte, or ${BODY_MS} ms for all of it`;
    this.#body.fail(new SovfnError('request-timeout', message, { hint: 'Send the body without such pauses.' }));
    return null;
  }

  async #receive(): Promise<WebhookAnswer> {
    const { receiver, watchClient } = this.#surroundings;
    const { url } = this.#destination;
    assertMethod(this.#request.method!);
    receiver.assertReady(this.#destination);
    const block = packRequestHeaders(this.#request, this.#destination);
    watchClient(this, performance.now() + CLIENT_IDLE_MS);
    try {
      const body = await this.#body.read();
      const headers = singleHeaders(this.#request.headers);
      return await receiver.receive(this.#destination, { headers, block, url, body });
    } finally {
      this.#body.free();
    }
  }

  #send({ status, contentType, body, event, isDuplicate }: WebhookAnswer): void {
    if (this.#response.destroyed) return;
    const headers = ['cache-control', 'no-store', 'sovfn-zone', this.#destination.to.target.zone];
    if (event !== null) headers.push('sovfn-event', event);
    if (isDuplicate) headers.push('sovfn-duplicate', 'true');
    if (body.length > 0) headers.push('content-type', contentType);
    if (status !== 204) headers.push('content-length', String(body.length));
    if (this.#surroundings.isDraining()) headers.push('connection', 'close');
    this.#response.writeHead(status, headers);
    this.#response.end(body);
  }

  #refuse(error: unknown): void {
    if (!isSovfnError(error) || errorStatus(error.code) >= 500) this.#surroundings.onError(null, error);
    this.#destination.to.counts.noteRefused(isSovfnError(error) ? error.code : 'internal-error');
    if (this.#response.destroyed) return;
    const known = isSovfnError(error)
      ? error
      : new SovfnError('internal-error', 'the gateway failed', { cause: error });
    sendProblem(this.#request, this.#response, problemOfError(known, null), this.#refusalHeaders(known));
  }

  #refusalHeaders({ code, facts }: SovfnError): string[] {
    if (code === 'method-not-allowed') return ['allow', METHOD];
    const { provider } = this.#destination.webhook;
    if (code === 'webhook-unverified' && provider === 'basic') return ['www-authenticate', 'Basic realm="sovfn"'];
    if (code === 'webhook-unverified' && provider === 'bearer') return ['www-authenticate', 'Bearer realm="sovfn"'];
    const retryAfter = facts['retryAfterS'];
    return typeof retryAfter === 'number' ? ['retry-after', String(retryAfter)] : [];
  }

  #onClose(): void {
    if (!this.#request.complete) this.#body.fail(new SovfnError('canceled', 'the sender has gone away'));
    this.#surroundings.onOver(this);
  }
}

function assertMethod(method: string): void {
  if (method === METHOD) return;
  throw new SovfnError('method-not-allowed', `a webhook takes ${METHOD}, not ${method}`, {
    hint: `Send the delivery with ${METHOD}.`,
  });
}

/** Node joins what came several times; only cookies stay a list, and no scheme looks at those. */
function singleHeaders(headers: IncomingHttpHeaders): DeliveryHeaders {
  const single: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') single[name] = value;
  return single;
}
