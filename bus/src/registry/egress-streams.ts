/** The ledgers of what functions asked of the outside. The oldest entries go first when one is full. */
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { EGRESS_DAYS, egressStream, zoneEgressSubject } from '@sovfn/protocol';
import { createBoundedStreams } from './bounded-streams.ts';
import type { Replicas } from './replicas.ts';

/** Of each function: what one asks for cannot push out the others' beyond it. */
const MOST_BATCHES = 100_000;

/** Makes them where they do not exist yet. For the gateway. Resolves with the zones for which there is no room. */
export function createEgressStreams(
  connection: NatsConnection,
  zones: readonly string[],
  replicas: Replicas,
): Promise<string[]> {
  return createBoundedStreams(connection, zones, (zone) => ({
    name: egressStream(zone),
    subjects: [zoneEgressSubject(zone)],
    max_age: nanos(EGRESS_DAYS * 86_400_000),
    max_msgs_per_subject: MOST_BATCHES,
    num_replicas: replicas,
  }));
}
