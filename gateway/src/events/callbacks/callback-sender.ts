/**
 * Sends the results of events to the URLs that their callers named, as Standard Webhooks.
 *
 * Guarantees: a callback that was put into the queue is sent until the receiver takes it (2xx), refuses it for good (410),
 * or the attempts are used up; also when gateways die. A receiver that is slow or away holds up no other receiver: of one
 * origin at most PER_ORIGIN are under way in a gateway.
 * Not guaranteed: that a receiver gets one once only; `webhook-id` tells repetitions. Hostile: receivers.
 */
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Callback,
  type EventHead,
  functionOfEvent,
  isSovfnError,
  PROTOCOL_VERSION,
  SovfnError,
  TERMINAL_STATES,
} from '@sovfn/protocol';
import type { Log } from '../../logger.ts';
import type { EventAddresses } from '../async/event-address.ts';
import type { EventLookup, EventView } from '../async/event-lookup.ts';
import type { EventResults } from '../async/event-results.ts';
import { callbackPayload } from './callback-payload.ts';
import { type CallbackQueue, readCallback } from './callback-queue.ts';
import { type CallbackAnswer, type CallbackPolicy, sendCallback } from './callback-request.ts';
import { delayBefore } from './callback-schedule.ts';
import type { CallbackKeys } from './callback-signature.ts';
import { logCallbackFailed, logCallbackGivenUp, logCallbackInterrupted } from './events.ts';

export interface CallbackSenderOptions {
  readonly queue: CallbackQueue;
  readonly zones: readonly string[];
  readonly keys: CallbackKeys;
  readonly policy: CallbackPolicy;
  readonly lookup: EventLookup;
  readonly results: EventResults;
  readonly addresses: EventAddresses;
  readonly log: Log;
}

const PER_ORIGIN = 8;
/** A callback that must wait for others of its origin, or for its event's record. Milliseconds. */
const STEP_BACK_MS = 1_000;
const RESTART_MS = 1_000;
const GONE = 410;

export class CallbackSender implements AsyncDisposable {
  readonly #options: CallbackSenderOptions;
  readonly #underWay = new Set<Promise<void>>();
  /** Callbacks under way by origin. */
  readonly #origins = new Map<string, number>();
  readonly #stopping = new AbortController();
  readonly #following: Promise<void>[] = [];

  static async start(options: CallbackSenderOptions): Promise<CallbackSender> {
    const sender = new CallbackSender(options);
    for (const zone of options.zones) sender.#following.push(sender.#follow(zone, await sender.#consume(zone)));
    return sender;
  }

  private constructor(options: CallbackSenderOptions) {
    this.#options = options;
  }

  /**
   * For the dispatcher, when an event with a callback has ended: after its last record is written and before the event's
   * message is acknowledged. Throws `bus-unavailable`: then the message must not be acknowledged.
   */
  async enqueue(head: EventHead): Promise<void> {
    if (head.callback === null) return;
    const to = { ...functionOfEvent(head), url: head.callback };
    const callback: Callback = { v: PROTOCOL_VERSION, event: head.id, ...to, attempt: 1 };
    try {
      await this.#options.queue.put(callback, 0);
    } catch (cause) {
      throw new SovfnError('bus-unavailable', `the callback of event ${head.id} could not be kept`, { cause });
    }
  }

  /** Takes no more callbacks, cuts those under way off, and waits for their end; other gateways send them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
    await Promise.all(this.#underWay);
  }

  async #consume(zone: string): Promise<ConsumerMessages> {
    const messages = await this.#options.queue.consume(zone, (message) => this.#take(message));
    const close = (): void => void messages.close();
    if (this.#stopping.signal.aborted) close();
    else this.#stopping.signal.addEventListener('abort', close, { once: true });
    return messages;
  }

  /** Begins again whenever the deliveries end: the consumer was removed, or the server lost its files. */
  async #follow(zone: string, first: ConsumerMessages): Promise<void> {
    let ended: unknown = await first.closed();
    while (!this.#stopping.signal.aborted) {
      logCallbackInterrupted(this.#options.log, ended);
      await delay(RESTART_MS);
      ended = await this.#consumeUntilClosed(zone);
    }
  }

  async #consumeUntilClosed(zone: string): Promise<unknown> {
    if (this.#stopping.signal.aborted) return null;
    try {
      return await (await this.#consume(zone)).closed();
    } catch (error) {
      return error;
    }
  }

  #take(message: JsMsg): void {
    const work = this.#handle(message).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Never rejects. A message that is not acknowledged comes again. */
  async #handle(message: JsMsg): Promise<void> {
    try {
      await this.#send(readCallback(message.data));
      message.ack();
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      logCallbackInterrupted(this.#options.log, error);
      if (isSovfnError(error) && error.code === 'bad-message') message.term();
    }
  }

  /** When this resolves, the callback is sent, put back for later, or given up. */
  async #send(callback: Callback): Promise<void> {
    const { origin } = new URL(callback.url);
    const busy = this.#origins.get(origin) ?? 0;
    if (busy >= PER_ORIGIN) return this.#options.queue.put(callback, STEP_BACK_MS);
    this.#origins.set(origin, busy + 1);
    try {
      await this.#sendNow(callback);
    } finally {
      const left = this.#origins.get(origin)! - 1;
      if (left === 0) this.#origins.delete(origin);
      else this.#origins.set(origin, left);
    }
  }

  async #sendNow(callback: Callback): Promise<void> {
    const { lookup, queue, log } = this.#options;
    const view = await lookup.find(callback).catch(nullWhenForgotten);
    if (view === null) return logCallbackGivenUp(log, callback, 'the record of the event is past its time');
    if (!TERMINAL_STATES.has(view.state)) return queue.put(callback, STEP_BACK_MS);
    const answer = await this.#post(callback, view);
    this.#stopping.signal.throwIfAborted();
    await this.#afterAnswer(callback, answer);
  }

  async #post(callback: Callback, view: EventView): Promise<CallbackAnswer> {
    const { keys, policy, results, addresses } = this.#options;
    const result = view.output === null ? null : await results.open(view.output);
    const body = await callbackPayload(callback, view, { path: addresses.path(callback), result });
    const signature = keys.sign(callback, callback.event, new Date(), body);
    const headers = { 'content-type': 'application/json', ...signature };
    return sendCallback({ url: new URL(callback.url), headers, body, policy, signal: this.#stopping.signal });
  }

  async #afterAnswer(callback: Callback, answer: CallbackAnswer): Promise<void> {
    const { queue, log } = this.#options;
    const status = answer.kind === 'answered' ? answer.status : null;
    if (status !== null && status >= 200 && status < 300) return;
    const reason = answer.kind === 'failed' ? answer.reason : `the receiver answered ${answer.status}`;
    const attempt = callback.attempt + 1;
    const retryAfterMs = answer.kind === 'answered' ? answer.retryAfterMs : null;
    const delayMs = status === GONE ? null : delayBefore(attempt, retryAfterMs);
    if (delayMs === null) return logCallbackGivenUp(log, callback, reason);
    await queue.put({ ...callback, attempt }, Math.max(delayMs, 1));
    logCallbackFailed(log, callback, reason, delayMs);
  }
}

function nullWhenForgotten(error: unknown): null {
  if (isSovfnError(error) && error.code === 'event-not-found') return null;
  throw error;
}
