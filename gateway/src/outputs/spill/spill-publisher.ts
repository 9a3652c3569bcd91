import { setTimeout as delay } from 'node:timers/promises';
import { type JetStreamClient, JetStreamApiError } from '@nats-io/jetstream';
import { SovfnError } from '@sovfn/protocol';
import type { ConnectionWatch } from './connection-watch.ts';
import type { SpillRoom } from './spill-room.ts';

/** A restart of nats-server, or the election of a new leader, is waited out up to this long. Milliseconds. */
const GIVE_UP_MS = 30_000;
const RETRY_MS = 200;
/** Wait for one acknowledgement. Short, because one that was lost with the connection never comes. Milliseconds. */
const ACK_MS = 2_000;

/** JetStream's codes for "no room": of the server's files (two of them), of the stream. */
const FULL_CODES: ReadonlySet<number> = new Set([10_023, 10_047, 10_077]);

export interface SpillPublisherOptions {
  readonly client: JetStreamClient;
  readonly watch: ConnectionWatch;
  readonly room: SpillRoom;
}

/** Publishes to the spill stream until JetStream has acknowledged it, or there is no room, or the time is up. */
export class SpillPublisher {
  readonly #options: SpillPublisherOptions;

  constructor(options: SpillPublisherOptions) {
    this.#options = options;
  }

  /**
   * The subject is also the message's id: a repeat of a message whose acknowledgement was lost is stored once.
   * Throws `output-store-full` or `bus-unavailable`.
   */
  async publish(subject: string, message: Buffer): Promise<void> {
    const { client, watch, room } = this.#options;
    const giveUpAt = performance.now() + GIVE_UP_MS;
    for (;;) {
      try {
        if (watch.isConnected) {
          await client.publish(subject, message, { msgID: subject, timeout: ACK_MS });
          room.add(message.length);
          return;
        }
      } catch (error) {
        if (isFull(error)) throw this.#full(error);
        if (performance.now() > giveUpAt) throw unavailable(subject, error);
      }
      if (performance.now() > giveUpAt) throw unavailable(subject);
      await delay(RETRY_MS);
    }
  }

  #full(cause: unknown): SovfnError {
    this.#options.room.markFull();
    return new SovfnError('output-store-full', 'there is no room left for outputs that wait for the object store', {
      cause,
      hint: 'Bring the object store back, or raise spillMb.',
    });
  }
}

function isFull(error: unknown): boolean {
  return error instanceof JetStreamApiError && FULL_CODES.has(error.code);
}

function unavailable(subject: string, cause?: unknown): SovfnError {
  const message = `NATS did not take "${subject}" within ${GIVE_UP_MS} ms`;
  return new SovfnError('bus-unavailable', message, {
    cause,
    hint: 'Check that nats-server runs and JetStream is on.',
  });
}
