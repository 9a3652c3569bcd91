import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type EventMarker, eventMarkerSchema, eventStream, type FunctionAddress, markerSubject } from '@sovfn/protocol';
import { lastMessage } from '../last-message.ts';

/** Reads markers from the leader of their stream, never from a copy that may be behind. */
export class MarkerReader {
  readonly #streams: JetStreamManager;

  static async open(connection: NatsConnection): Promise<MarkerReader> {
    return new MarkerReader(await jetstreamManager(connection, { checkAPI: false }));
  }

  private constructor(streams: JetStreamManager) {
    this.#streams = streams;
  }

  /** Null when there is none, for example because its time is over. Throws what the client library throws. */
  async read(of: FunctionAddress, hash: string): Promise<EventMarker | null> {
    const found = await lastMessage(this.#streams, eventStream(of.zone), markerSubject(of, hash));
    return found === null ? null : eventMarkerSchema.parse(found.json());
  }
}
