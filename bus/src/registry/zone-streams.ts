import {
  jetstreamManager,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { eventStream, kvBucket, zoneEventsSubject, zoneMarkersSubject, zoneSchedulesSubject } from '@sovfn/protocol';

/** How long the trace of a value that has expired or was deleted stays, so that watchers hear of it. Milliseconds. */
const MARKER_MS = 60_000;
/** One for each function with events; the server refuses the 1,001st unless it is told. */
const MOST_CONSUMERS = 10_000;
const STREAM_NAME_IN_USE = 10058;

/** Makes what a zone's bindings need, where it does not exist yet. For the gateway: no other component may create streams. */
export async function createZoneStreams(connection: NatsConnection, zones: readonly string[]): Promise<void> {
  const kvm = new Kvm(connection);
  const streams = await jetstreamManager(connection);
  for (const zone of zones) {
    await kvm.create(kvBucket(zone), { history: 1, markerTTL: MARKER_MS });
    await createEventStream(streams, zone);
  }
}

/**
 * Durable events wait here until they have run. No limit of number, size or age: those drop, or refuse only after they
 * have acknowledged. What bounds the stream is the server's own disk limit, which refuses.
 */
async function createEventStream(streams: JetStreamManager, zone: string): Promise<void> {
  const config = {
    name: eventStream(zone),
    subjects: [zoneEventsSubject(zone), zoneMarkersSubject(zone), zoneSchedulesSubject(zone)],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    max_consumers: MOST_CONSUMERS,
    allow_msg_ttl: true,
    allow_msg_schedules: true,
    allow_atomic: true,
    allow_direct: true,
  } satisfies Partial<StreamConfig> & { name: string };
  try {
    await streams.streams.add(config);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== STREAM_NAME_IN_USE) throw error;
  }
}
