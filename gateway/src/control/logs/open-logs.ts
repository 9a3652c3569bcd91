import type { NatsConnection } from '@nats-io/transport-node';
import { createEgressStreams, createLogStreams, type FunctionRegistry } from '@sovfn/bus';
import type { ObjectStore } from '@sovfn/store';
import { startArchiving } from '../../archive/archive-runner.ts';
import type { GatewayConfig } from '../../config.ts';
import type { Log } from '../../logger.ts';
import { logLogSweepFailed, logNoRoomForEgress, logNoRoomForLogs } from '../events.ts';
import { LogArchive } from './log-archive.ts';
import { LogSweep } from './log-sweep.ts';

interface LogsStart {
  readonly config: GatewayConfig;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
  readonly connection: NatsConnection;
  readonly registry: FunctionRegistry;
  readonly store: ObjectStore;
}

/** The streams of logs and of the egress ledger. Resolves with the archive of logs, if there is one. */
export async function openLogs(start: LogsStart): Promise<LogArchive | null> {
  const { config, log, parts, connection, registry, store } = start;
  const { zones, bus } = config;
  for (const zone of await createEgressStreams(connection, zones, bus.replicas)) logNoRoomForEgress(log, zone);
  for (const zone of await createLogStreams(connection, zones)) logNoRoomForLogs(log, zone);
  const { logs: bucket, events: positions, place } = config.store;
  const archive = bucket === undefined ? null : new LogArchive({ connection, store, bucket, positions, zones });
  const onFailed = (error: unknown): void => logLogSweepFailed(log, error);
  const sweep = LogSweep.start({ connection, registry, zones, archive, onFailed });
  parts.defer(() => sweep.stop());
  if (archive !== null) startArchiving({ place, log, parts, connection }, archive.streams);
  return archive;
}
