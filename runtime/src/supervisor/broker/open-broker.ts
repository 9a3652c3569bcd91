import type { NatsConnection } from '@nats-io/transport-node';
import type { SupervisorConfig } from '../config.ts';
import type { SupervisorEvents } from '../events.ts';
import { type BucketPlace, makeBucketHandler } from './bindings/bucket.ts';
import { makeKvHandler } from './bindings/kv.ts';
import { makeQueueHandler } from './bindings/queue.ts';
import { makeServiceHandler } from './bindings/service.ts';
import { Broker } from './cell-broker.ts';
import { makeEgressAgent } from './egress/connector.ts';
import { carryOutFetch } from './egress/fetch.ts';

export interface OpenBrokerOptions {
  readonly config: SupervisorConfig;
  readonly connection: NatsConnection;
  /** Null when the configuration names no bucket for functions. */
  readonly bucket: BucketPlace | null;
  readonly events: SupervisorEvents;
}

/** The node's broker, with a handler for each kind of ask. */
export function openBroker({ config, connection, bucket, events }: OpenBrokerOptions): Broker {
  const { bus, store, allowPrivateEgress = false, ownServices: others = [] } = config;
  const servers = bus.servers.map((server) => new URL(`nats://${server}`));
  const cluster = servers.map(({ hostname, port }) => ({ host: hostname, port: Number(port) }));
  const ownServices = [bus, ...cluster, store.endpoint, ...others];
  return new Broker({
    handlers: {
      fetch: carryOutFetch,
      kv: makeKvHandler(connection),
      bucket: makeBucketHandler(bucket),
      queue: makeQueueHandler(connection),
      service: makeServiceHandler(connection),
    },
    makeDispatcher: () => makeEgressAgent({ allowPrivate: allowPrivateEgress, ownServices: () => ownServices }),
    onDefect: (kind, error) =>
      events.brokerFailed(kind, error instanceof Error ? (error.stack ?? error.message) : String(error)),
  });
}
