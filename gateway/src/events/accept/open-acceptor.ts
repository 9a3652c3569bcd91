import type { NatsConnection } from '@nats-io/transport-node';
import { AtomicBatches, GroupCommit } from '@sovfn/bus';
import { WireClient } from '@sovfn/bus/wire';
import { inboxPrefix, makeInvocationIds } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import { randomBytes } from 'node:crypto';
import type { GatewayConfig, GatewaySecrets } from '../../config.ts';
import { logBusRefused } from '../../events.ts';
import type { Log } from '../../logger.ts';
import { AcceptQuota } from './accept-quota.ts';
import { EventAcceptor } from './event-acceptor.ts';
import { EventBodies } from './event-bodies.ts';
import { logBodyLeftOver, logPendingUnknown } from './events.ts';
import { MarkerReader } from './marker-reader.ts';
import { countPendingEvents } from './pending-events.ts';

export interface OpenAcceptorOptions {
  readonly config: GatewayConfig;
  readonly secrets: GatewaySecrets;
  readonly connection: NatsConnection;
  readonly store: ObjectStore;
  readonly log: Log;
  /** Ends the acceptor and its connection. */
  readonly parts: AsyncDisposableStack;
}

/**
 * Opens the gateway's acceptor on a bus connection of its own, so that a large batch stands in front of no call.
 * Throws `bus-unavailable`.
 */
export async function openAcceptor(options: OpenAcceptorOptions): Promise<EventAcceptor> {
  const { config, secrets, connection, store, log, parts } = options;
  const wire = await WireClient.connect({
    address: config.bus,
    credential: secrets.bus,
    name: `gateway ${config.id} events`,
    onRefused: (reason) => logBusRefused(log, reason),
  });
  parts.defer(() => wire.close());
  const batches = new AtomicBatches({ wire, inboxPrefix: `${inboxPrefix('gateway')}.${config.id}` });
  parts.defer(() => batches.close());
  return new EventAcceptor({
    commits: new Map(config.zones.map((zone) => [zone, new GroupCommit(batches)])),
    markers: await MarkerReader.open(connection),
    bodies: new EventBodies(store, config.store.events),
    quota: new AcceptQuota({
      most: config.pendingEvents,
      count: (of) => countPendingEvents(connection, of),
      onFailed: (error) => logPendingUnknown(log, error),
    }),
    newEvent: makeInvocationIds((size) => randomBytes(size)),
    onLeftOver: (error) => logBodyLeftOver(log, error),
  });
}
