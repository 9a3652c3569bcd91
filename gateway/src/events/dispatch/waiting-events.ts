import { JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  decodeEvent,
  delayedEventSubject,
  EVENT_LANES,
  type EventHead,
  eventStream,
  eventSubject,
  type FunctionAddress,
} from '@sovfn/protocol';

export interface WaitingEvent {
  readonly head: EventHead;
  readonly body: Buffer;
  /** It is not due yet. */
  readonly isDelayed: boolean;
}

const NO_MESSAGE_FOUND = 10037;

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
    const due = EVENT_LANES.map((lane) => eventSubject(of, lane, event));
    // An event that becomes due between two looks is found by the third.
    for (const subject of [...due, delayedEventSubject(of, event), ...due]) {
      const found = await this.#last(of.zone, subject);
      if (found !== null) return { ...found, isDelayed: subject === delayedEventSubject(of, event) };
    }
    return null;
  }

  async #last(zone: string, subject: string): Promise<ReturnType<typeof decodeEvent> | null> {
    try {
      const message = await this.#streams.streams.getMessage(eventStream(zone), { last_by_subj: subject });
      return message === null ? null : decodeEvent(Buffer.from(message.data));
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === NO_MESSAGE_FOUND) return null;
      throw error;
    }
  }
}
