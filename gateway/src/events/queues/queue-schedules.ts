import type { JetStreamClient } from '@nats-io/jetstream';
import {
  delayedQueueSubject,
  encodeEvent,
  type EventHead,
  functionOfEvent,
  queueSubject,
  SovfnError,
} from '@sovfn/protocol';

/** Stores the further attempts of messages as schedules of the queue stream, which NATS fires when they are due. */
export class QueueSchedules {
  readonly #stream: JetStreamClient;

  constructor(stream: JetStreamClient) {
    this.#stream = stream;
  }

  /** Resolves when the attempt that the head asks for is durable; an earlier schedule of the message is replaced. Throws `bus-unavailable`. */
  async schedule(head: EventHead, body: Buffer, at: Date): Promise<void> {
    const of = functionOfEvent(head);
    const schedule = { specification: at, target: queueSubject(of, head.id) };
    try {
      await this.#stream.publish(delayedQueueSubject(of, head.id), encodeEvent(head, body), { schedule });
    } catch (cause) {
      throw new SovfnError('bus-unavailable', `the next attempt of message ${head.id} could not be stored`, { cause });
    }
  }
}
