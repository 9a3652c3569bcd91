/**
 * Durable JetStream consumers that all gateways pull from: made when they are needed, and kept as the function's
 * configuration says.
 */
import {
  type Consumer,
  type ConsumerConfig,
  type ConsumerInfo,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

export interface ConsumerPlace {
  readonly manager: JetStreamManager;
  readonly stream: JetStreamClient;
  /** Name of the stream. */
  readonly of: string;
}

export type DurableConfig = Partial<ConsumerConfig> & { readonly durable_name: string };

/** Priority group of pinned consumers. */
export const PINNED_GROUP = 'one';
export const CONSUMER_NOT_FOUND = 10014;

/** For a consumer that one gateway is to serve, until it is silent for `ackMs`. */
export function pinnedConfig(ackMs: number): Partial<ConsumerConfig> {
  const policy = { priority_policy: 'pinned_client' } as Partial<ConsumerConfig>;
  return { priority_groups: [PINNED_GROUP], ...policy, priority_timeout: nanos(ackMs) };
}

/** Makes the consumer, or changes it to what is wanted. Throws what the client library throws. */
export async function ensureConsumer({ manager, stream, of }: ConsumerPlace, wanted: DurableConfig): Promise<Consumer> {
  const name = wanted.durable_name;
  const found = await findConsumer(manager, of, name);
  if (found !== null && !hasSameGroups(found, wanted)) await manager.consumers.delete(of, name);
  if (found === null || !hasSameGroups(found, wanted)) await manager.consumers.add(of, wanted);
  else if (!isSame(found, wanted)) await manager.consumers.update(of, name, wanted);
  return stream.consumers.get(of, name);
}

async function findConsumer(manager: JetStreamManager, stream: string, name: string): Promise<ConsumerInfo | null> {
  try {
    return await manager.consumers.info(stream, name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND) return null;
    throw error;
  }
}

/** The server does not change these of a consumer that exists. */
function hasSameGroups({ config }: ConsumerInfo, wanted: DurableConfig): boolean {
  return (config.priority_groups ?? []).join() === (wanted.priority_groups ?? []).join();
}

function isSame({ config }: ConsumerInfo, wanted: DurableConfig): boolean {
  return config.max_ack_pending === wanted.max_ack_pending && config.ack_wait === wanted.ack_wait;
}
