import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { StorageRoom } from '@sovfn/bus';
import type { SupervisorConfig } from '../config.ts';
import type { SupervisorEvents } from '../events.ts';
import type { NodeKeys } from '../keys/node-keys.ts';
import { type BucketPlace, makeBucketHandler } from './bindings/bucket.ts';
import { makeKvHandler } from './bindings/kv.ts';
import { makeQueueHandler } from './bindings/queue.ts';
import { makeServiceHandler } from './bindings/service.ts';
import { Broker } from './cell-broker.ts';
import { makeHmac } from './hmac.ts';
import type { CallEgresses } from '../receipts/call-egress.ts';
import { makeEgressAgent } from './egress/connector.ts';
import type { CountryOf } from './egress/country-database.ts';
import { EgressNotes } from './egress/egress-notes.ts';
import { makeFetchHandler } from './egress/fetch.ts';
import { EgressLedger } from './egress/ledger.ts';
import { makeResolve } from './egress/resolve.ts';

export interface OpenBrokerOptions {
  readonly config: SupervisorConfig;
  readonly connection: NatsConnection;
  readonly keys: NodeKeys;
  readonly storageRoom: StorageRoom;
  /** Null when the configuration names no bucket for functions. */
  readonly bucket: BucketPlace | null;
  /** Null: the node has no database. */
  readonly countryOf: CountryOf | null;
  readonly egresses: CallEgresses;
  readonly events: SupervisorEvents;
  /** Closed in reverse order. */
  readonly resources: AsyncDisposableStack;
}

/** The node's broker, with a handler for each kind of ask. */
export function openBroker(options: OpenBrokerOptions): Broker {
  const { config, connection, keys, storageRoom, bucket, countryOf, egresses, events, resources } = options;
  const { bus, store, allowPrivateEgress = false, ownServices: others = [] } = config;
  const servers = bus.servers.map((server) => new URL(`nats://${server}`));
  const cluster = servers.map(({ hostname, port }) => ({ host: hostname, port: Number(port) }));
  const ownServices = [bus, ...cluster, store.endpoint, ...others];
  const resolve = makeResolve(config.dnsServers ?? null);
  const egress = { allowPrivate: allowPrivateEgress, ownServices: () => ownServices, countryOf, resolve };
  const stream = jetstream(connection);
  const ledger = new EgressLedger({
    node: config.node,
    publish: async (subject, payload) => void (await stream.publish(subject, payload)),
    onDelayed: (reason) => events.egressUnwritten(reason),
  });
  resources.adopt(ledger, (open) => open.close());
  return new Broker({
    handlers: {
      fetch: makeFetchHandler(new EgressNotes(ledger, egresses)),
      kv: makeKvHandler({ connection, keys, storageRoom }),
      bucket: makeBucketHandler(bucket, storageRoom),
      queue: makeQueueHandler({ connection, keys, storageRoom }),
      service: makeServiceHandler(connection),
      hmac: makeHmac,
    },
    makeDispatcher: (countries) => makeEgressAgent(egress, countries),
    onDefect: (kind, error) =>
      events.brokerFailed(kind, error instanceof Error ? (error.stack ?? error.message) : String(error)),
  });
}
