import type { NatsConnection } from '@nats-io/transport-node';
import {
  createBuckets,
  createZoneStreams,
  Enrolments,
  FunctionRegistry,
  NodeRegistry,
  SignerLists,
  StorageRoom,
} from '@sovfn/bus';
import type { GatewayConfig, GatewaySecrets } from './config.ts';
import type { GatewayContext } from './context.ts';
import { assertDurableBus } from './events/accept/durable-bus.ts';
import { logEventLossAccepted, logUnsafeFsync } from './events/accept/events.ts';
import { StreamWatch } from './events/accept/stream-watch.ts';
import { logInvalidRecord, logStreamPinned } from './events.ts';
import type { Log } from './logger.ts';
import { keepStreamsInZone } from './streams-in-zone.ts';

interface Start {
  readonly config: GatewayConfig;
  readonly secrets: GatewaySecrets;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
}

const MIB = 1024 * 1024;

/** The platform's buckets and streams, made where they do not exist yet, and what lies in the first two of them. */
export async function openRegistries(
  { config, secrets, log, parts }: Start,
  connection: NatsConnection,
): Promise<
  Pick<GatewayContext, 'registry' | 'nodes' | 'enrolments' | 'signerLists' | 'storageRoom'> & {
    readonly streamWatch: StreamWatch;
  }
> {
  const { zones, acceptEventLoss, kvMb } = config;
  const { replicas } = config.bus;
  await createBuckets(connection, { home: zones[0], replicas });
  const accepted = (loss: string): void => logEventLossAccepted(log, loss);
  const onEventLoss = acceptEventLoss ? { onEventLoss: accepted } : {};
  const marks = await createZoneStreams(connection, { zones, kvBytes: kvMb * MIB, replicas, ...onEventLoss });
  const streamWatch = parts.adopt(new StreamWatch({ marks, zones, log }), (watch) => watch.close());
  const registry = await FunctionRegistry.open(connection, (key, reason) =>
    logInvalidRecord(log, 'functions', key, reason),
  );
  parts.defer(() => registry.close());
  const { platformPublicKey } = secrets.identity;
  const enrolments = await Enrolments.open(connection, (key, reason) =>
    logInvalidRecord(log, 'enrolments', key, reason),
  );
  parts.defer(() => enrolments.close());
  const onInvalid = (key: string, reason: string): void => logInvalidRecord(log, 'nodes', key, reason);
  const nodes = await NodeRegistry.open(connection, platformPublicKey, onInvalid, (name) => enrolments.isRemoved(name));
  parts.defer(() => nodes.close());
  const signerLists = await SignerLists.open(connection, (key, reason) =>
    logInvalidRecord(log, 'signers', key, reason),
  );
  parts.defer(() => signerLists.close());
  const storageRoom = await StorageRoom.open(connection, (key, reason) =>
    logInvalidRecord(log, 'storage', key, reason),
  );
  parts.defer(() => storageRoom.close());
  return { registry, nodes, enrolments, signerLists, storageRoom, streamWatch };
}

/** To be called when all streams are there. Throws `stream-out-of-zone`. */
export async function checkStreams({ config, log }: Start, connection: NatsConnection): Promise<void> {
  const { zones, bus } = config;
  const onPinned = (stream: string, zone: string): void => logStreamPinned(log, stream, zone);
  await keepStreamsInZone({ connection, zones, monitors: bus.monitors, onPinned });
}

/** Throws `bus-not-durable`, unless the configuration says that it may be. */
export async function checkDurability({ config, log }: Start, connection: NatsConnection): Promise<void> {
  if (config.unsafeFsync) logUnsafeFsync(log);
  else await assertDurableBus({ connection, zones: config.zones, monitors: config.bus.monitors });
}
