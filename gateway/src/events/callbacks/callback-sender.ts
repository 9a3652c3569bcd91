/**
 * Sends the results of events to the URLs that their callers named, as Standard Webhooks.
 *
 * Guarantees: a callback that was put into the queue is sent until the receiver takes it (2xx), refuses it for good (410),
 * or the attempts are used up; also when gateways die. A receiver that is slow or away holds up no other receiver.
 * Not guaranteed: that a receiver gets one once only (`webhook-id` tells repetitions), nor the order. Hostile: receivers.
 */
import type { JsMsg } from '@nats-io/jetstream';
import { type Callback, isSovfnError, TERMINAL_STATES } from '@sovfn/protocol';
import type { ReachPolicy } from '@sovfn/protocol/addresses';
import type { Log } from '../../logger.ts';
import type { EventAddresses } from '../async/event-address.ts';
import type { EventLookup, EventView } from '../async/event-lookup.ts';
import type { EventResults } from '../async/event-results.ts';
import { callbackPayload } from './callback-payload.ts';
import { CallbackFollower } from './callback-follower.ts';
import type { CallbackQueue } from './callback-queue.ts';
import { type CallbackAnswer, sendCallback } from './callback-request.ts';
import type { CallbackSchedule } from './callback-schedule.ts';
import type { CallbackKeys } from './callback-signature.ts';
import { logCallbackFailed, logCallbackGivenUp, logCallbackInterrupted } from './events.ts';
import { OriginTurns } from './origin-turns.ts';

export interface CallbackSenderOptions {
  readonly queue: CallbackQueue;
  readonly zones: readonly string[];
  readonly keys: CallbackKeys;
  readonly policy: ReachPolicy;
  readonly schedule: CallbackSchedule;
  readonly lookup: EventLookup;
  readonly results: EventResults;
  readonly addresses: EventAddresses;
  readonly log: Log;
}

/** A callback whose event has not ended, as far as the server that was asked knows. Milliseconds. */
const NOT_ENDED_MS = 5_000;
/** What is under way when the gateway stops may end by itself for so long. Milliseconds. */
const STOP_MS = 2_000;
const GONE = 410;

export class CallbackSender implements AsyncDisposable {
  readonly #options: CallbackSenderOptions;
  readonly #turns = new OriginTurns();
  readonly #underWay = new Set<Promise<void>>();
  readonly #cut = new AbortController();
  #isStopping = false;
  #followers: readonly CallbackFollower[] = [];

  /** Whoever starts it disposes it. Rejects when the bus is away. */
  static async start(options: CallbackSenderOptions): Promise<CallbackSender> {
    const sender = new CallbackSender(options);
    const { queue, zones, log } = options;
    const take = (message: JsMsg): void => sender.#take(message);
    const onLost = (reason: unknown): void => logCallbackInterrupted(log, reason);
    sender.#followers = await Promise.all(
      zones.map((zone) => CallbackFollower.start({ consume: () => queue.consume(zone, take), onLost })),
    );
    return sender;
  }

  private constructor(options: CallbackSenderOptions) {
    this.#options = options;
  }

  /** Takes no more callbacks. Those under way get STOP_MS, then they are cut off and other gateways send them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#followers.map((follower) => follower.stop()));
    const timer = setTimeout(() => this.#cut.abort(), STOP_MS);
    await Promise.all(this.#underWay);
    clearTimeout(timer);
  }

  #take(message: JsMsg): void {
    const work = this.#handle(message).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Never rejects. A message that is not acknowledged comes again. */
  async #handle(message: JsMsg): Promise<void> {
    try {
      const callback = await this.#options.queue.read(message);
      await this.#takeTurn(callback, () => message.working());
      message.ack();
    } catch (error) {
      // Another gateway takes it at once.
      if (this.#isStopping) return message.nak();
      logCallbackInterrupted(this.#options.log, error);
      if (isSovfnError(error) && error.code === 'bad-message') message.term();
    }
  }

  /** When this resolves, the callback is sent, put back for later, or given up. */
  async #takeTurn(callback: Callback, onTurn: () => void): Promise<void> {
    const { origin } = new URL(callback.url);
    const putBackMs = await this.#turns.enter(origin);
    if (putBackMs > 0) return this.#options.queue.put(callback, putBackMs);
    const startedAt = performance.now();
    try {
      onTurn();
      await this.#send(callback);
    } finally {
      this.#turns.leave(origin, performance.now() - startedAt);
    }
  }

  async #send(callback: Callback): Promise<void> {
    if (this.#isStopping) throw new Error('the gateway stops');
    const { lookup, queue, log } = this.#options;
    const view = await lookup.find(callback).catch(nullWhenForgotten);
    if (view === null) return logCallbackGivenUp(log, callback, 'the record of the event is past its time');
    if (!TERMINAL_STATES.has(view.state)) return queue.put(callback, NOT_ENDED_MS);
    const answer = await this.#post(callback, view);
    this.#cut.signal.throwIfAborted();
    await this.#afterAnswer(callback, answer);
  }

  async #post(callback: Callback, view: EventView): Promise<CallbackAnswer> {
    const { keys, policy, results, addresses } = this.#options;
    const result = view.output === null ? null : await results.open(view.output);
    const body = await callbackPayload(callback, view, { path: addresses.path(callback), result });
    const headers = {
      'content-type': 'application/json',
      'sovfn-function': `${callback.tenant}/${callback.function}`,
      ...keys.sign(callback, callback.event, new Date(), body),
    };
    return sendCallback({ url: new URL(callback.url), headers, body, policy, signal: this.#cut.signal });
  }

  async #afterAnswer(callback: Callback, answer: CallbackAnswer): Promise<void> {
    const { queue, schedule, log } = this.#options;
    const status = answer.kind === 'answered' ? answer.status : null;
    if (status !== null && status >= 200 && status < 300) return;
    const reason = answer.kind === 'failed' ? answer.reason : `the receiver answered ${answer.status}`;
    const attempt = callback.attempt + 1;
    const retryAfterMs = answer.kind === 'answered' ? answer.retryAfterMs : null;
    const delayMs = status === GONE ? null : schedule(attempt, retryAfterMs);
    if (delayMs === null) return logCallbackGivenUp(log, callback, reason);
    await queue.put({ ...callback, attempt }, Math.max(delayMs, 1));
    logCallbackFailed(log, callback, reason, delayMs);
  }
}

function nullWhenForgotten(error: unknown): null {
  if (isSovfnError(error) && error.code === 'event-not-found') return null;
  throw error;
}
