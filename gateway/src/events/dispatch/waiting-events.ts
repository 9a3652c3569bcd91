import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  decodeEvent,
  delayedEventSubject,
  delayedQueueSubject,
  EVENT_LANES,
  type EventHead,
  eventStream,
  eventSubject,
  type FunctionAddress,
  queueStream,
  queueSubject,
} from '@sovfn/protocol';
import { lastMessage } from '../last-message.ts';

export interface WaitingEvent {
  readonly head: EventHead;
  readonly body: Buffer;
  /** It is not due yet. */
  readonly isDelayed: boolean;
}

/** Finds the messages of events that have not ended. */
export class WaitingEvents {
  readonly #streams: JetStreamManager;

  static async open(connection: NatsConnection): Promise<WaitingEvents> {
    return new WaitingEvents(await jetstreamManager(connection, { checkAPI: false }));
  }

  private constructor(streams: JetStreamManager) {
    this.#streams = streams;
  }

  /** Null: there is none (any more). Throws what the client library throws. */
  async find(of: FunctionAddress, event: string): Promise<WaitingEvent | null> {
    const [events, queue] = [eventStream(of.zone), queueStream(of.zone)];
    const due = [
      ...EVENT_LANES.map((lane) => ({ stream: events, subject: eventSubject(of, lane, event), isDelayed: false })),
      { stream: queue, subject: queueSubject(of, event), isDelayed: false },
    ];
    const delayed = [
      { stream: events, subject: delayedEventSubject(of, event), isDelayed: true },
      { stream: queue, subject: delayedQueueSubject(of, event), isDelayed: true },
    ];
    // An event that becomes due between two looks is found by the third.
    for (const { stream, subject, isDelayed } of [...due, ...delayed, ...due]) {
      const found = await this.#last(stream, subject);
      if (found !== null) return { ...found, isDelayed };
    }
    return null;
  }

  async #last(stream: string, subject: string): Promise<ReturnType<typeof decodeEvent> | null> {
    const message = await lastMessage(this.#streams, stream, subject);
    return message === null ? null : decodeEvent(Buffer.from(message.data));
  }
}
