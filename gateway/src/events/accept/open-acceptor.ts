import { randomBytes } from 'node:crypto';
import type { NatsConnection } from '@nats-io/transport-node';
import type { StorageRoom } from '@sovfn/bus';
import { makeInvocationIds } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import type { GatewayConfig } from '../../config.ts';
import type { Log } from '../../logger.ts';
import type { DispatchRecords } from '../dispatch/dispatch-records.ts';
import type { EventCommits } from '../event-commits.ts';
import type { SealedEvents } from '../sealed-events.ts';
import { AcceptQuota } from './accept-quota.ts';
import { BusRoom } from './bus-room.ts';
import { EventAcceptor } from './event-acceptor.ts';
import { EventBodies } from './event-bodies.ts';
import { logBodyLeftOver, logPendingUnknown, logRoomUnknown } from './events.ts';
import { MarkerReader } from './marker-reader.ts';
import { countPendingEvents } from './pending-events.ts';

export interface OpenAcceptorOptions {
  readonly config: GatewayConfig;
  readonly connection: NatsConnection;
  readonly commits: EventCommits;
  readonly dispatch: DispatchRecords;
  readonly store: ObjectStore;
  readonly sealed: SealedEvents;
  readonly assertIntact: (zone: string) => void;
  readonly storageRoom: StorageRoom;
  readonly log: Log;
}

export async function openAcceptor(options: OpenAcceptorOptions): Promise<EventAcceptor> {
  const { config, connection, commits, dispatch, store, sealed, assertIntact, storageRoom, log } = options;
  return new EventAcceptor({
    commits: commits.events,
    dispatch,
    assertIntact,
    markers: await MarkerReader.open(connection),
    bodies: new EventBodies({ store, bucket: config.store.events, place: config.store.place, keys: sealed.keys }),
    sealed,
    quota: new AcceptQuota({
      most: config.pendingEvents,
      count: (of) => countPendingEvents(connection, of),
      onFailed: (error) => logPendingUnknown(log, error),
    }),
    room: new BusRoom({ monitors: config.bus.monitors, onFailed: (error) => logRoomUnknown(log, error) }),
    storageRoom,
    newEvent: makeInvocationIds((size) => randomBytes(size)),
    onLeftOver: (error) => logBodyLeftOver(log, error),
  });
}
