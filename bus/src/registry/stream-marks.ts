/**
 * Tells a stream that was never there from one that is gone. Each stream that holds what was accepted is noted with the
 * moment of its creation, in a bucket of its own; whoever deletes the stream by hand leaves the note.
 *
 * Not guaranteed: anything when the note is deleted as well, for example with all of the server's files.
 */
import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { PROTOCOL_VERSION, SovfnError, streamMarkSchema, STREAMS_BUCKET } from '@sovfn/protocol';
import { placementIn } from './stream-pins.ts';

export class StreamMarks {
  readonly #kv: KV;
  readonly #streams: JetStreamManager;

  /** Makes the bucket where it does not exist yet, on servers of the zone `home`. */
  static async open(
    connection: NatsConnection,
    streams: JetStreamManager,
    { home, replicas }: { readonly home: string; readonly replicas: number },
  ): Promise<StreamMarks> {
    const placement = placementIn(home);
    const kv = await new Kvm(connection).create(STREAMS_BUCKET, { history: 1, replicas, placement });
    return new StreamMarks(kv, streams);
  }

  private constructor(kv: KV, streams: JetStreamManager) {
    this.#kv = kv;
    this.#streams = streams;
  }

  /** What is wrong with the stream; null: it is the one that is noted, or none was ever noted. Throws what the library throws. */
  async findLoss(stream: string): Promise<string | null> {
    const noted = await this.#noted(stream);
    if (noted === null) return null;
    const created = await this.#createdAt(stream);
    if (created === null) return `the stream ${stream} is gone`;
    return created === noted ? null : `the stream ${stream} is not the one of ${noted}: it was made on ${created}`;
  }

  /** The stream as it is now is the right one. */
  async note(stream: string): Promise<void> {
    const createdAt = await this.#createdAt(stream);
    if (createdAt === null || createdAt === (await this.#noted(stream))) return;
    const mark = streamMarkSchema.parse({ v: PROTOCOL_VERSION, createdAt });
    await this.#kv.put(stream, JSON.stringify(mark));
  }

  async #noted(stream: string): Promise<string | null> {
    const entry = await this.#kv.get(stream);
    return entry === null || entry.operation !== 'PUT' ? null : streamMarkSchema.parse(entry.json()).createdAt;
  }

  async #createdAt(stream: string): Promise<string | null> {
    try {
      return (await this.#streams.streams.info(stream)).created;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return null;
      throw error;
    }
  }
}

export function eventsLost(loss: string): SovfnError {
  return new SovfnError('events-lost', `${loss}: what was accepted in it is lost`, {
    hint:
      'Restore the stream from a backup. Or start the gateway (or `sovfn up`) once with --accept-event-loss: it then makes a new stream, ' +
      'and the events of the old one never run.',
  });
}
