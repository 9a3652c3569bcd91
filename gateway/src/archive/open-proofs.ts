import type { NatsConnection } from '@nats-io/transport-node';
import type { ObjectStore } from '@sovfn/store';
import type { GatewayConfig } from '../config.ts';
import type { Log } from '../logger.ts';
import { type ArchiveRunner, startArchiving } from './archive-runner.ts';
import { logReceiptSweepFailed } from './events.ts';
import { ProofArchive } from './proof-archive.ts';

interface ProofsStart {
  readonly config: GatewayConfig;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
  readonly connection: NatsConnection;
  readonly store: ObjectStore;
}

const SWEEP_MS = 3_600_000;

export interface Proofs {
  readonly archive: ProofArchive;
  readonly runner: ArchiveRunner;
}

/** Null: the configuration names no bucket for copies. */
export function openProofs({ config, log, parts, connection, store }: ProofsStart): Proofs | null {
  const { zones, receiptDays } = config;
  const { proofs: bucket, events: positions, place } = config.store;
  if (bucket === undefined) return null;
  const [home] = zones;
  const archive = new ProofArchive({ connection, store, bucket, positions, zones, home, receiptDays });
  const runner = startArchiving({ place, log, parts, connection }, archive.streams);
  const sweep = (): void => void archive.sweep().catch((error: unknown) => logReceiptSweepFailed(log, error));
  const timer = setInterval(sweep, SWEEP_MS).unref();
  parts.defer(() => clearInterval(timer));
  return { archive, runner };
}
