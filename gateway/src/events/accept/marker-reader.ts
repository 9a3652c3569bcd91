import { JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type EventMarker, eventMarkerSchema, eventStream, type FunctionAddress, markerSubject } from '@sovfn/protocol';

const NO_MESSAGE_FOUND = 10037;

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
    try {
      const found = await this.#streams.streams.getMessage(eventStream(of.zone), {
        last_by_subj: markerSubject(of, hash),
      });
      return found === null ? null : eventMarkerSchema.parse(found.json());
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === NO_MESSAGE_FOUND) return null;
      throw error;
    }
  }
}
