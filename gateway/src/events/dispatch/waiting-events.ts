import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { decodeEvent, type EventHead, type FunctionAddress } from '@sovfn/protocol';
import { placesOfMessage } from '../history/event-places.ts';
import type { SealedEvents } from '../sealed-events.ts';
import { lastMessage } from '../last-message.ts';

export interface WaitingEvent {
  readonly head: EventHead;
  readonly body: Buffer;
}

/** Finds the messages of events that have not ended. */
export class WaitingEvents {
  readonly #streams: JetStreamManager;
  readonly #sealed: SealedEvents;

  static async open(connection: NatsConnection, sealed: SealedEvents): Promise<WaitingEvents> {
    return new WaitingEvents(await jetstreamManager(connection, { checkAPI: false }), sealed);
  }

  private constructor(streams: JetStreamManager, sealed: SealedEvents) {
    this.#streams = streams;
    this.#sealed = sealed;
  }

  /** Null: there is none (any more). Throws what the client library throws. */
  async find(of: FunctionAddress, event: string): Promise<WaitingEvent | null> {
    for (const { stream, filter } of placesOfMessage(of, event)) {
      const message = await lastMessage(this.#streams, stream, filter);
      if (message !== null) return decodeEvent(await this.#sealed.open(message.subject, message.data));
    }
    return null;
  }
}
