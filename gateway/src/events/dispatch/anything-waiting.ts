import type { NatsConnection } from '@nats-io/transport-node';
import {
  EVENT_LANES,
  type EventLane,
  eventStream,
  type FunctionAddress,
  functionDelayedEventsSubject,
  functionDelayedQueueSubject,
  functionQueueSubject,
  laneEventsSubject,
  queueStream,
} from '@sovfn/protocol';
import { countMessages } from '../accept/pending-events.ts';

/** Where a function has events or messages that have not ended. */
export interface Waiting {
  readonly lanes: readonly EventLane[];
  readonly hasQueue: boolean;
}

export const isEmpty = ({ lanes, hasQueue }: Waiting): boolean => lanes.length === 0 && !hasQueue;

/**
 * Delayed ones may become due in any lane. What is due is looked at twice: events move in between. Throws what the client
 * library throws.
 */
export async function findWaiting(connection: NatsConnection, of: FunctionAddress): Promise<Waiting> {
  const [events, queue] = [eventStream(of.zone), queueStream(of.zone)];
  const has = async (stream: string, filter: string) => (await countMessages(connection, stream, filter)) > 0;
  const isDue = async (): Promise<boolean[]> =>
    Promise.all([
      ...EVENT_LANES.map((lane) => has(events, laneEventsSubject(of, lane))),
      has(queue, functionQueueSubject(of)),
    ]);
  const first = await isDue();
  const isDelayed = await has(events, functionDelayedEventsSubject(of));
  const isDelayedInQueue = await has(queue, functionDelayedQueueSubject(of));
  const second = await isDue();
  const found = first.map((each, index) => each || second[index]!);
  return {
    lanes: EVENT_LANES.filter((_lane, index) => isDelayed || found[index]),
    hasQueue: isDelayedInQueue || found.at(-1)!,
  };
}
