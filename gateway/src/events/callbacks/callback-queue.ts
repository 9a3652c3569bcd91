/**
 * Callbacks that are to be sent, as messages in the event stream of their zone: nothing is kept in memory. `consume`
 * shares them between all gateways; a callback that is sent later is a schedule, which NATS fires.
 */
import {
  AckPolicy,
  type ConsumerMessages,
  jetstream,
  JetStreamApiError,
  type JetStreamClient,
  jetstreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import {
  type Callback,
  callbackSchema,
  callbackSubject,
  delayedCallbackSubject,
  type EventHead,
  eventStream,
  functionOfEvent,
  PROTOCOL_VERSION,
  ProtocolError,
  SovfnError,
  zoneCallbacksSubject,
} from '@sovfn/protocol';
import type { SealedEvents } from '../sealed-events.ts';
import { CALLBACK_MS } from './callback-request.ts';

const CONSUMER = 'callbacks';
const CONSUMER_EXISTS = 10_148;
/** A callback whose gateway was lost is taken by another one after this. Milliseconds. */
export const CALLBACK_ACK_MS = CALLBACK_MS * 3;
/** Callbacks of a zone that were taken and have not ended, over all gateways. */
const UNDER_WAY = 1_024;
/** Asked for at once by one gateway. */
const TAKEN_AT_ONCE = 64;

export class CallbackQueue {
  readonly #connection: NatsConnection;
  readonly #stream: JetStreamClient;
  readonly #ackMs: number;
  readonly #sealed: SealedEvents;

  constructor(connection: NatsConnection, ackMs: number, sealed: SealedEvents) {
    this.#connection = connection;
    this.#stream = jetstream(connection);
    this.#ackMs = ackMs;
    this.#sealed = sealed;
  }

  /**
   * For the dispatcher, when an event has ended: after its last record is stored, and before its message is acknowledged.
   * Resolves when the callback is stored in the stream of the event's zone, synced like the event itself; at once for an
   * event without callback. From then on it is sent at least once, by this gateway or another one, whatever happens to
   * this one. What is sent is the record as it stands then. Nothing is sent to the receiver before this resolves, and
   * nothing of the receiver delays it.
   *
   * It may be called again, after a crash for instance: the receiver then gets the callback twice, with the same
   * `webhook-id`, which is the id of the event.
   *
   * Throws `bus-unavailable`: the message must not be acknowledged then.
   */
  async enqueue(head: EventHead): Promise<void> {
    if (head.callback === null) return;
    const to = { ...functionOfEvent(head), url: head.callback };
    const callback: Callback = { v: PROTOCOL_VERSION, event: head.id, ...to, attempt: 1 };
    try {
      await this.put(callback, 0);
    } catch (cause) {
      throw new SovfnError('bus-unavailable', `the callback of event ${head.id} could not be kept`, { cause });
    }
  }

  /** Resolves when the callback is durable. A delayed one of the same event takes the place of one that waits. */
  async put(callback: Callback, delayMs: number): Promise<void> {
    const target = callbackSubject(callback, callback.event);
    const payload = await this.#sealed.seal(target, Buffer.from(JSON.stringify(callback)));
    if (delayMs === 0) {
      await this.#stream.publish(target, payload);
      return;
    }
    const specification = new Date(Date.now() + delayMs);
    const later = delayedCallbackSubject(callback, callback.event);
    await this.#stream.publish(later, payload, { schedule: { specification, target } });
  }

  /** Throws ProtocolError, `key-unavailable` or `data-unreadable`. */
  async read({ subject, data }: JsMsg): Promise<Callback> {
    return readCallback(await this.#sealed.open(subject, data));
  }

  /** Takes the callbacks of a zone as they become due, until the consumer is closed or lost. */
  async consume(zone: string, take: (message: JsMsg) => void): Promise<ConsumerMessages> {
    await this.#prepareConsumer(zone);
    const consumer = await this.#stream.consumers.get(eventStream(zone), CONSUMER);
    return consumer.consume({ max_messages: TAKEN_AT_ONCE, abort_on_missing_resource: true, callback: take });
  }

  /** One that an earlier version made with other limits gets these. */
  async #prepareConsumer(zone: string): Promise<void> {
    const { consumers } = await jetstreamManager(this.#connection);
    const limits = { ack_wait: nanos(this.#ackMs), max_ack_pending: UNDER_WAY };
    const filter = { filter_subject: zoneCallbacksSubject(zone), ack_policy: AckPolicy.Explicit };
    try {
      await consumers.add(eventStream(zone), { durable_name: CONSUMER, ...filter, ...limits });
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== CONSUMER_EXISTS) throw error;
      await consumers.update(eventStream(zone), CONSUMER, limits);
    }
  }
}

/** Throws ProtocolError. */
function readCallback(data: Uint8Array): Callback {
  try {
    return callbackSchema.parse(JSON.parse(Buffer.from(data).toString('utf8')));
  } catch (error) {
    throw new ProtocolError(`a callback cannot be read: ${String(error).slice(0, 500)}`);
  }
}
