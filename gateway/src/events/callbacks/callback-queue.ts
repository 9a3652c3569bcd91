/**
 * Callbacks that are to be sent, as messages in the event stream of their zone: nothing is kept in memory. `consume`
 * shares them between all gateways; a callback that is sent later is a schedule, which NATS fires.
 */
import {
  AckPolicy,
  type ConsumerMessages,
  jetstream,
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
  eventStream,
  ProtocolError,
  zoneCallbacksSubject,
} from '@sovfn/protocol';
import { CALLBACK_MS } from './callback-request.ts';

const CONSUMER = 'callbacks';
/** A callback whose gateway was lost is taken by another one after this. Milliseconds. */
const ACK_MS = CALLBACK_MS * 3;
/** Callbacks of a zone that are being sent at once, over all gateways, and by one. */
const UNDER_WAY = 256;
const TAKEN_AT_ONCE = 64;

export class CallbackQueue {
  readonly #connection: NatsConnection;
  readonly #stream: JetStreamClient;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#stream = jetstream(connection);
  }

  /** Resolves when the callback is durable. `delayMs` 0: at once. Throws what the client library throws. */
  async put(callback: Callback, delayMs: number): Promise<void> {
    const payload = JSON.stringify(callback);
    const target = callbackSubject(callback, callback.event);
    if (delayMs === 0) {
      // A crash between this and the acknowledgement of the event leads here again.
      await this.#stream.publish(target, payload, { msgID: `callback:${callback.event}:${callback.attempt}` });
      return;
    }
    const specification = new Date(Date.now() + delayMs);
    const later = delayedCallbackSubject(callback, callback.event);
    await this.#stream.publish(later, payload, { schedule: { specification, target } });
  }

  /** Takes the callbacks of a zone as they become due. */
  async consume(zone: string, take: (message: JsMsg) => void): Promise<ConsumerMessages> {
    const manager = await jetstreamManager(this.#connection);
    await manager.consumers.add(eventStream(zone), {
      durable_name: CONSUMER,
      filter_subject: zoneCallbacksSubject(zone),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_MS),
      max_ack_pending: UNDER_WAY,
    });
    const consumer = await this.#stream.consumers.get(eventStream(zone), CONSUMER);
    return consumer.consume({ max_messages: TAKEN_AT_ONCE, callback: take });
  }
}

/** Throws ProtocolError. */
export function readCallback(data: Uint8Array): Callback {
  try {
    return callbackSchema.parse(JSON.parse(Buffer.from(data).toString('utf8')));
  } catch (error) {
    throw new ProtocolError(`a callback cannot be read: ${String(error).slice(0, 500)}`);
  }
}
