import type { JetStreamClient } from '@nats-io/jetstream';
import {
  delayedQueueSubject,
  encodeEvent,
  type EventHead,
  functionOfEvent,
  queueSubject,
  SovfnError,
} from '@sovfn/protocol';
import type { SealedEvents } from '../sealed-events.ts';

/** Stores the further attempts of messages as schedules of the queue stream, which NATS fires when they are due. */
export class QueueSchedules {
  readonly #stream: JetStreamClient;
  readonly #sealed: SealedEvents;

  constructor(stream: JetStreamClient, sealed: SealedEvents) {
    this.#stream = stream;
    this.#sealed = sealed;
  }

  /** Resolves when the attempt that the head asks for is durable; an earlier schedule of the message is replaced. Throws `bus-unavailable`. */
  async schedule(head: EventHead, body: Buffer, at: Date): Promise<void> {
    const of = functionOfEvent(head);
    const schedule = { specification: at, target: queueSubject(of, head.id) };
    try {
      const subject = delayedQueueSubject(of, head.id);
      await this.#stream.publish(subject, await this.#sealed.seal(subject, encodeEvent(head, body)), { schedule });
    } catch (cause) {
      throw new SovfnError('bus-unavailable', `the next attempt of message ${head.id} could not be stored`, { cause });
    }
  }
}
