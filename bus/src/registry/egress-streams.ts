/** The ledgers of what functions asked of the outside. The oldest entries go first when one is full. */
import { DiscardPolicy, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { EGRESS_DAYS, egressStream, zoneEgressSubject } from '@sovfn/protocol';
import { addWhatFits } from './add-what-fits.ts';
import type { Replicas } from './replicas.ts';

/** Of each function: what one asks for cannot push out the others' beyond it. */
const MOST_BATCHES = 100_000;

/** Makes them where they do not exist yet. For the gateway. Resolves with the zones for which there is no room. */
export async function createEgressStreams(
  connection: NatsConnection,
  { zones, replicas }: { readonly zones: readonly string[]; readonly replicas: Replicas },
): Promise<string[]> {
  const { streams } = await jetstreamManager(connection);
  const without: string[] = [];
  for (const zone of zones) {
    const isThere = await addWhatFits(async (max_bytes) => {
      await streams.add({
        name: egressStream(zone),
        subjects: [zoneEgressSubject(zone)],
        storage: StorageType.File,
        discard: DiscardPolicy.Old,
        max_bytes,
        max_age: nanos(EGRESS_DAYS * 86_400_000),
        max_msgs_per_subject: MOST_BATCHES,
        num_replicas: replicas,
        allow_direct: true,
      });
    });
    if (!isThere) without.push(zone);
  }
  return without;
}
