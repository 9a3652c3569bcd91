/**
 * The streams of what functions have logged lately, the oldest of which goes first. Cells publish without waiting for an
 * acknowledgement, and the server writes without syncing: synced, a few hundred batches a second would be all, and events
 * would wait behind them. So a power cut loses the last moments of a log, and the stream lies on one server, also in a
 * cluster. It holds nothing that was accepted: nobody misses one that is gone.
 */
import { PersistMode } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { LOG_DAYS, logStream, zoneLogsSubject } from '@sovfn/protocol';
import { createBoundedStreams } from './bounded-streams.ts';

/** Of each function: what one logs cannot push out the others' beyond it. */
const MOST_BATCHES = 100_000;

/**
 * Makes the streams where they do not exist yet. For the gateway, after all other streams, which need their room more.
 * Resolves with the zones for which there is none: what is logged there is seen by nobody.
 */
export function createLogStreams(connection: NatsConnection, zones: readonly string[]): Promise<string[]> {
  return createBoundedStreams(connection, zones, (zone) => ({
    name: logStream(zone),
    subjects: [zoneLogsSubject(zone)],
    max_age: nanos(LOG_DAYS * 86_400_000),
    max_msgs_per_subject: MOST_BATCHES,
    no_ack: true,
    persist_mode: PersistMode.Async,
  }));
}
