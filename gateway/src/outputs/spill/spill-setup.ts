import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { assertReplicas, placementIn, type Replicas } from '@sovfn/bus';
import { spillEndsSubject, spillStream, zoneSpillSubject } from '@sovfn/protocol';

export interface SpillSetup {
  readonly zone: string;
  readonly maxBytes: number;
  /** Servers that hold the stream; default 1. */
  readonly replicas?: Replicas;
}

/** The consumer that all gateways share. */
export const DRAIN = 'drain';

/** Outputs under way to the object store at once, over all gateways; each may take 6 MiB of memory. */
const MAX_DRAINING = 8;

/** A gateway that drains says so more often than this; else its outputs go to another. Milliseconds. */
export const DRAIN_ACK_MS = 10_000;

/** Makes the stream and its consumer, or brings them to these settings. Safe beside other gateways that do the same. */
export async function setUpSpill(manager: JetStreamManager, setup: SpillSetup): Promise<void> {
  await setUpStream(manager, setup);
  await setUpDrain(manager, setup.zone);
}

async function setUpStream(manager: JetStreamManager, setup: SpillSetup): Promise<void> {
  const name = spillStream(setup.zone);
  const { replicas = 1 } = setup;
  const settings = {
    subjects: [zoneSpillSubject(setup.zone)],
    max_bytes: setup.maxBytes,
    discard: DiscardPolicy.New,
    allow_direct: true,
    placement: placementIn(setup.zone),
  };
  if (await exists(manager.streams.info(name), JetStreamApiCodes.StreamNotFound)) {
    await assertReplicas(manager, name, replicas);
    await manager.streams.update(name, settings);
  } else {
    const made = { name, retention: RetentionPolicy.Limits, storage: StorageType.File, num_replicas: replicas };
    await manager.streams.add({ ...made, ...settings });
  }
}

async function setUpDrain(manager: JetStreamManager, zone: string): Promise<void> {
  const stream = spillStream(zone);
  const settings = { ack_wait: nanos(DRAIN_ACK_MS), max_ack_pending: MAX_DRAINING };
  if (await exists(manager.consumers.info(stream, DRAIN), JetStreamApiCodes.ConsumerNotFound)) {
    await manager.consumers.update(stream, DRAIN, settings);
    return;
  }
  await manager.consumers.add(stream, {
    durable_name: DRAIN,
    filter_subject: spillEndsSubject(zone),
    ack_policy: AckPolicy.Explicit,
    ...settings,
  });
}

async function exists(info: Promise<unknown>, absentCode: number): Promise<boolean> {
  try {
    await info;
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === absentCode) return false;
    throw error;
  }
}
