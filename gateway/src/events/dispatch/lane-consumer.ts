/**
 * The JetStream consumer of one lane of a function. It holds how many events run at once, over all gateways; where
 * events must begin one by one over all gateways, it is pinned to one of them until that one is silent.
 */
import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerInfo,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { type EventLane, eventStream, type FunctionAddress, laneEventsSubject } from '@sovfn/protocol';
import type { EventPolicy } from '../event-policy.ts';

export interface LaneAddress {
  readonly of: FunctionAddress;
  readonly lane: EventLane;
}

/** Priority group of pinned consumers. */
export const PINNED_GROUP = 'one';
/** Events of the ordered lane that a gateway may hold: those behind a slow one with the same key are among them. */
export const ORDERED_PENDING = 128;
const CONSUMER_NOT_FOUND = 10014;

/** Must this lane be served by one gateway at a time? */
export function isPinned(lane: EventLane, policy: EventPolicy): boolean {
  return lane === 'ordered' || policy.ratePerSecond !== null;
}

export const consumerName = ({ of, lane }: LaneAddress): string => `${of.tenant}_${of.function}_${lane}`;

/** Makes the lane's consumer, or changes it to the policy. Throws what the client library throws. */
export async function ensureConsumer(
  manager: JetStreamManager,
  stream: JetStreamClient,
  { of, lane }: LaneAddress,
  { policy, ackMs }: { readonly policy: EventPolicy; readonly ackMs: number },
): Promise<Consumer> {
  const wanted = consumerConfig({ of, lane }, policy, ackMs);
  const name = consumerName({ of, lane });
  const found = await findConsumer(manager, of.zone, name);
  if (found !== null && !hasSameGroups(found, wanted)) await manager.consumers.delete(eventStream(of.zone), name);
  if (found === null || !hasSameGroups(found, wanted)) await manager.consumers.add(eventStream(of.zone), wanted);
  else if (!isSame(found, wanted)) await manager.consumers.update(eventStream(of.zone), name, wanted);
  return stream.consumers.get(eventStream(of.zone), name);
}

function consumerConfig({ of, lane }: LaneAddress, policy: EventPolicy, ackMs: number): Partial<ConsumerConfig> {
  const pinned = { priority_groups: [PINNED_GROUP], priority_policy: 'pinned_client', priority_timeout: nanos(ackMs) };
  return {
    durable_name: consumerName({ of, lane }),
    filter_subject: laneEventsSubject(of, lane),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackMs),
    max_ack_pending: lane === 'ordered' ? ORDERED_PENDING : policy.concurrency,
    ...(isPinned(lane, policy) ? (pinned as Partial<ConsumerConfig>) : {}),
  };
}

async function findConsumer(manager: JetStreamManager, zone: string, name: string): Promise<ConsumerInfo | null> {
  try {
    return await manager.consumers.info(eventStream(zone), name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND) return null;
    throw error;
  }
}

/** The server does not change these of a consumer that exists. */
function hasSameGroups({ config }: ConsumerInfo, wanted: Partial<ConsumerConfig>): boolean {
  return (config.priority_groups ?? []).join() === (wanted.priority_groups ?? []).join();
}

function isSame({ config }: ConsumerInfo, wanted: Partial<ConsumerConfig>): boolean {
  return config.max_ack_pending === wanted.max_ack_pending && config.ack_wait === wanted.ack_wait;
}
