/**
 * The JetStream consumer of one lane of a function. It holds how many events run at once, over all gateways; where
 * events must begin one by one over all gateways, it is pinned to one of them until that one is silent.
 */
import { AckPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { type EventLane, type FunctionAddress, isName, laneEventsSubject } from '@sovfn/protocol';
import type { EventPolicy } from '../event-policy.ts';
import { type DurableConfig, pinnedConfig } from './durable-consumer.ts';

export interface LaneAddress {
  readonly of: FunctionAddress;
  readonly lane: EventLane;
}

/** Events of the ordered lane that a gateway may hold: those behind one that is tried again, with its key, are among them. */
export const ORDERED_PENDING = 1_000;

/** Must this lane be served by one gateway at a time? */
export function isPinned(lane: EventLane, policy: EventPolicy): boolean {
  return lane === 'ordered' || policy.ratePerSecond !== null;
}

export const consumerName = ({ of, lane }: LaneAddress): string => `${of.tenant}_${of.function}_${lane}`;

export const queueConsumerName = ({ tenant, function: name }: FunctionAddress): string => `${tenant}_${name}`;

/** Whose consumer it is: of a lane, or of queues. Null: it is neither. */
export function addressOfConsumer(zone: string, consumer: string): FunctionAddress | null {
  const [tenant, name, ...lane] = consumer.split('_');
  const isOfFunction = name !== undefined && isName(tenant!) && isName(name) && lane.length < 2;
  return isOfFunction ? { zone, tenant: tenant!, function: name } : null;
}

export function laneConsumer({ of, lane }: LaneAddress, policy: EventPolicy, ackMs: number): DurableConfig {
  return {
    durable_name: consumerName({ of, lane }),
    filter_subject: laneEventsSubject(of, lane),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackMs),
    max_ack_pending: lane === 'ordered' ? ORDERED_PENDING : policy.concurrency,
    ...(isPinned(lane, policy) ? pinnedConfig(ackMs) : {}),
  };
}
