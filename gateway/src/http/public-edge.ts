import type { IncomingMessage, ServerResponse } from 'node:http';
import { Deadlines } from '@sovfn/bus/wire';
import { isSovfnError, SovfnError, TRANSPARENCY_PATH } from '@sovfn/protocol';
import type { TenantQuotas } from '../access/tenant-quotas.ts';
import type { CallClient } from '../calls/call-client.ts';
import type { EventAcceptor } from '../events/accept/event-acceptor.ts';
import { AsyncExchange, type AsyncSurroundings } from '../events/async/async-exchange.ts';
import { prefersAsync } from '../events/async/async-options.ts';
import { type EventAddresses, PLATFORM_PREFIX } from '../events/async/event-address.ts';
import type { Callbacks } from '../events/callbacks/callbacks.ts';
import type { OutputWriter } from '../outputs/index.ts';
import type { DeployedFunction } from '../routes/deployed-functions.ts';
import { type Addressing, findDestination } from '../routes/find-destination.ts';
import { chooseVersion } from '../splits/version-split.ts';
import { findWebhook, isWebhookAddress } from '../webhooks/webhook-address.ts';
import { WebhookExchange, type WebhookSurroundings } from '../webhooks/webhook-exchange.ts';
import type { WebhookReceiver } from '../webhooks/webhook-receiver.ts';
import type { CallerRequest, CallerResponse } from './caller.ts';
import { type Destination, type ExchangeSurroundings, FunctionExchange } from './function-exchange.ts';
import type { PlainRequest } from './plain/plain-request.ts';
import type { PlainResponse } from './plain/plain-response.ts';
import { problemOfError } from './problem.ts';
import type { Admission } from './admission/admission.ts';
import { BodyRoom } from './body-room.ts';
import { readTarget, type RequestTarget } from './request-target.ts';
import { sendProblem } from './respond.ts';

export interface PublicEdgeOptions extends Addressing {
  readonly calls: CallClient;
  readonly outputs: OutputWriter;
  readonly acceptor: EventAcceptor;
  readonly addresses: EventAddresses;
  readonly callbacks: Callbacks;
  readonly webhooks: WebhookReceiver;
  readonly quotas: Pick<TenantQuotas, 'enter'>;
  readonly admission: Admission;
  readonly newInvocation: () => string;
  readonly onError: (invocation: string | null, error: unknown) => void;
}

/** A request whose answer is not out yet. */
type OpenExchange = FunctionExchange | AsyncExchange | WebhookExchange;

interface MadeExchange {
  readonly exchange: OpenExchange;
  /** Called once at its end. */
  readonly leave: (() => void) | null;
}

/** Bodies of requests that become events, while they are read. Bytes. */
const EVENT_BODY_BYTES = 256 * 1024 * 1024;
const CLIENT_TICK_MS = 250;
/** Methods that are about the connection or the proxy, not about a resource. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE']);

/** Where requests enter: each becomes an exchange with a function, or is answered here. Knows how many are open. */
export class PublicEdge {
  readonly #options: PublicEdgeOptions;
  readonly #surroundings: ExchangeSurroundings & AsyncSurroundings & WebhookSurroundings;
  /** Whose answers are not out yet. */
  #inFlight = 0;
  readonly #clientWaits = new Deadlines<OpenExchange>({
    onDue: (exchange) => this.#onClientDue(exchange),
    tickMs: CLIENT_TICK_MS,
  });
  #isDraining = false;
  #onEmpty: (() => void) | null = null;

  constructor(options: PublicEdgeOptions) {
    this.#options = options;
    this.#surroundings = {
      calls: options.calls,
      outputs: options.outputs,
      admission: options.admission,
      acceptor: options.acceptor,
      addresses: options.addresses,
      callbacks: options.callbacks,
      receiver: options.webhooks,
      room: new BodyRoom(EVENT_BODY_BYTES),
      newInvocation: options.newInvocation,
      newEvent: options.newInvocation,
      isDraining: () => this.#isDraining,
      watchClient: (exchange: OpenExchange, dueAt) => this.#clientWaits.set(exchange, dueAt),
      onOver: (exchange: OpenExchange) => this.#onOver(exchange),
      onError: options.onError,
    };
  }

  /** Requests whose answer is not out yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes the request if it is for a function, or malformed. False: nothing was done with it. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    try {
      assertMethod(request.method!);
      const target = readTarget(request);
      if (isOfPlatform(target)) return false;
      const made = this.#makeExchange(request, response, target);
      if (made === null) return false;
      this.#begin(made);
    } catch (error) {
      this.#refuse(request, response, error);
    }
    return true;
  }

  /** Takes the request if it calls a function. False: nothing was done with it, and nobody was told what is wrong with it. */
  readonly handlePlain = (request: PlainRequest, response: PlainResponse): boolean => {
    const found = this.#findCalled(request);
    if (found === null) return false;
    try {
      const leave = this.#options.quotas.enter(found.to.tenant);
      this.#begin({ leave, exchange: new FunctionExchange(this.#surroundings, request, response, found) });
    } catch (error) {
      this.#refuse(request, response, error);
    }
    return true;
  };

  /** Resolves when no request is in flight, or after `limitMs`. From now on no connection is kept. */
  async drain(limitMs: number): Promise<void> {
    this.#isDraining = true;
    if (this.#inFlight === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty = resolve;
    const timer = setTimeout(resolve, limitMs);
    await promise;
    clearTimeout(timer);
  }

  close(): void {
    this.#clientWaits.close();
  }

  #begin({ exchange, leave }: MadeExchange): void {
    exchange.isOpen = true;
    exchange.leave = leave;
    this.#inFlight++;
    exchange.begin();
  }

  /** Null for whatever is no call of one version. */
  #findCalled(request: PlainRequest): Destination | null {
    try {
      const target = readTarget(request);
      if (isOfPlatform(target) || isWebhookAddress(target, this.#options)) return null;
      const found = findDestination(target, this.#options);
      return found === null || found.to.split !== null ? null : found;
    } catch (error) {
      if (isSovfnError(error)) return null;
      throw error;
    }
  }

  /** Null when nothing claims the address. */
  #makeExchange(request: IncomingMessage, response: ServerResponse, target: RequestTarget): MadeExchange | null {
    if (isWebhookAddress(target, this.#options)) {
      const found = findWebhook(target, this.#options);
      const leave = this.#options.quotas.enter(found.to.tenant);
      return { leave, exchange: new WebhookExchange(this.#surroundings, request, response, found) };
    }
    const found = findDestination(target, this.#options);
    if (found === null) return null;
    const { to } = found;
    if (prefersAsync(request.headers)) {
      if (!to.isCurrent) throw noEvents(to);
      const leave = this.#options.quotas.enter(to.tenant);
      return { leave, exchange: new AsyncExchange(this.#surroundings, request, response, found) };
    }
    const leave = this.#options.quotas.enter(to.tenant);
    const destination = to.split === null ? found : { ...found, to: chooseVersion(to, to.split, request) };
    return { leave, exchange: new FunctionExchange(this.#surroundings, request, response, destination) };
  }

  #refuse(request: CallerRequest, response: CallerResponse, error: unknown): void {
    if (!isSovfnError(error)) this.#options.onError(null, error);
    const known = isSovfnError(error)
      ? error
      : new SovfnError('internal-error', 'the gateway failed', { cause: error });
    sendProblem(request, response, problemOfError(known, null), retryAfter(known));
  }

  #onClientDue(exchange: OpenExchange): void {
    const next = exchange.onClientDue(performance.now());
    if (next !== null) this.#clientWaits.set(exchange, next);
  }

  #onOver(exchange: OpenExchange): void {
    if (!exchange.isOpen) return;
    exchange.isOpen = false;
    exchange.leave?.();
    this.#clientWaits.clear(exchange);
    if (--this.#inFlight === 0) this.#onEmpty?.();
  }
}

function isOfPlatform({ path }: RequestTarget): boolean {
  return path.startsWith(PLATFORM_PREFIX) || path === TRANSPARENCY_PATH;
}

function retryAfter({ facts }: SovfnError): string[] {
  return facts.retryAfterS === undefined ? [] : ['retry-after', String(facts.retryAfterS)];
}

function noEvents({ name }: DeployedFunction): SovfnError {
  return new SovfnError('bad-request', `a preview of "${name}" takes no asynchronous calls`, {
    hint: 'Events run on the current version: leave out "Prefer: respond-async", or call the function itself.',
  });
}

function assertMethod(method: string): void {
  if (!REFUSED_METHODS.has(method)) return;
  throw new SovfnError('method-not-allowed', `the method ${method} cannot be sent to a function`);
}
