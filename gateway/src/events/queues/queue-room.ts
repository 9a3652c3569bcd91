/**
 * Tells nodes how many messages of a function's queues wait, and how many may: they put messages on the bus themselves.
 * No answer: the bus cannot say; nodes then go by the last one. Hostile: the request.
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import {
  functionDelayedQueueSubject,
  functionQueueSubject,
  type FunctionAddress,
  PROTOCOL_VERSION,
  type QueueRoom as Room,
  queueRoomRequestSchema,
  queueRoomSubject,
  queueStream,
  SERVICE_QUEUE,
} from '@sovfn/protocol';
import type { Log } from '../../logger.ts';
import { logPendingUnknown } from '../accept/events.ts';
import { countMessages } from '../accept/pending-events.ts';

export interface QueueRoomOptions {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  /** Messages of one function that may wait. */
  readonly most: number;
  readonly log: Log;
}

export class QueueRoom {
  readonly #options: QueueRoomOptions;
  readonly #subscriptions: readonly Subscription[];

  constructor(options: QueueRoomOptions) {
    this.#options = options;
    this.#subscriptions = options.zones.map((zone) =>
      options.connection.subscribe(queueRoomSubject(zone), {
        queue: SERVICE_QUEUE,
        callback: (error, message) => {
          if (error === null) void this.#answer(zone, message);
        },
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.drain()));
  }

  /** Never rejects. */
  async #answer(zone: string, message: Msg): Promise<void> {
    const { connection, most, log } = this.#options;
    try {
      const { tenant, function: name } = queueRoomRequestSchema.parse(message.json());
      const waiting = await countQueueMessages(connection, { zone, tenant, function: name });
      message.respond(JSON.stringify({ v: PROTOCOL_VERSION, waiting, most } satisfies Room));
    } catch (error) {
      logPendingUnknown(log, error);
    }
  }
}

/** Messages of a function's queues that have not ended, delayed ones included. Throws what the client library throws. */
export async function countQueueMessages(connection: NatsConnection, of: FunctionAddress): Promise<number> {
  const stream = queueStream(of.zone);
  const filters = [functionQueueSubject(of), functionDelayedQueueSubject(of)];
  const counts = await Promise.all(filters.map((filter) => countMessages(connection, stream, filter)));
  return counts.reduce((sum, count) => sum + count, 0);
}
