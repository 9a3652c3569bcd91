import type { NatsConnection } from '@nats-io/transport-node';
import type { StorageRoom } from '@sovfn/bus';
import type { ObjectStore } from '@sovfn/store';
import type { GatewayConfig } from '../config.ts';
import type { DataKeys } from '../keys/data-keys.ts';
import type { Log } from '../logger.ts';
import type { FunctionCounters } from '../metrics/function-counters.ts';
import { OutputWriter } from './output-writer.ts';

export interface OutputsOptions {
  readonly connection: NatsConnection;
  readonly config: Pick<GatewayConfig, 'zones' | 'spillMb' | 'bus' | 'store'>;
  readonly store: ObjectStore;
  readonly counters: FunctionCounters;
  readonly keys: DataKeys;
  readonly storageRoom: StorageRoom;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
}

/** `parts` closes them. */
export async function openOutputs({ config, counters, parts, ...given }: OutputsOptions): Promise<OutputWriter> {
  const { zones, spillMb, bus } = config;
  const { outputs: bucket, place } = config.store;
  const { connection, store, keys, storageRoom, log } = given;
  return parts.use(
    await OutputWriter.open({
      ...{ store, bucket, place, connection, keys, zones, spillMb, replicas: bus.replicas, log },
      storageRoom,
      countsOf: (tenant, name) => counters.find(tenant, name)?.outputs ?? null,
    }),
  );
}
