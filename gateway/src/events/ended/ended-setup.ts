import { DiscardPolicy, JetStreamApiError, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { assertReplicas, placementIn, type Replicas } from '@sovfn/bus';
import { endedEventStream, MARKER_TTL_MS, zoneEndedEventsSubject } from '@sovfn/protocol';

/** How long an event that has ended can be run again: as long as its repetitions are recognised. Milliseconds. */
export const ENDED_MS = MARKER_TTL_MS;
/** A stream of that name exists with other settings. */
const STREAM_NAME_IN_USE = 10058;

/** Makes the stream of a zone, or gives it another size. Safe beside other gateways that do the same. */
export async function setUpEndedEvents(
  connection: NatsConnection,
  zone: string,
  { maxBytes, replicas = 1 }: { readonly maxBytes: number; readonly replicas?: Replicas },
): Promise<void> {
  const manager = await jetstreamManager(connection);
  const { streams } = manager;
  const name = endedEventStream(zone);
  const settings = {
    subjects: [zoneEndedEventsSubject(zone)],
    max_bytes: maxBytes,
    max_age: nanos(ENDED_MS),
    max_msgs_per_subject: 1,
    // A full stream lets the oldest go: running events again must never stand in the way of running them once.
    discard: DiscardPolicy.Old,
    allow_atomic: true,
    placement: placementIn(zone),
    allow_direct: true,
  };
  try {
    const made = { name, retention: RetentionPolicy.Limits, storage: StorageType.File, num_replicas: replicas };
    await streams.add({ ...made, ...settings });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NAME_IN_USE) throw error;
    await assertReplicas(manager, name, replicas);
    await streams.update(name, settings);
  }
}
