import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm, type KvOptions } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  DATA_KEYS_BUCKET,
  DISPATCH_BUCKET,
  ENROLMENTS_BUCKET,
  FUNCTIONS_BUCKET,
  NODE_RECORD_TTL_MS,
  NODES_BUCKET,
  SCHEDULE_PAUSES_BUCKET,
  SECRETS_BUCKET,
  SIGNERS_BUCKET,
  STORAGE_BUCKET,
  TENANTS_BUCKET,
  TOKENS_BUCKET,
} from '@sovfn/protocol';
import { assertReplicas, type Replicas } from './replicas.ts';
import { placeIn, placementIn } from './stream-pins.ts';

/**
 * Makes the registry's buckets where they do not exist yet, on servers of the zone `home`. For the gateway: no other component
 * may create streams. Throws `config-invalid` when one exists with another number of replicas, `stream-out-of-zone` when no
 * server may hold them.
 */
export async function createBuckets(
  connection: NatsConnection,
  { home, replicas = 1 }: { readonly home: string; readonly replicas?: Replicas },
): Promise<void> {
  const kvm = new Kvm(connection);
  const streams = await jetstreamManager(connection);
  const create = async (bucket: string, options: Partial<KvOptions> = {}): Promise<void> => {
    const made = { history: 1, replicas, placement: placementIn(home), ...options };
    await placeIn(home, () => kvm.create(bucket, made));
    await assertReplicas(streams, `KV_${bucket}`, replicas);
  };
  await create(FUNCTIONS_BUCKET);
  await create(SECRETS_BUCKET);
  await create(TENANTS_BUCKET);
  await create(TOKENS_BUCKET);
  await create(DATA_KEYS_BUCKET);
  await create(DISPATCH_BUCKET);
  await create(SCHEDULE_PAUSES_BUCKET);
  await create(ENROLMENTS_BUCKET);
  await create(SIGNERS_BUCKET);
  await create(STORAGE_BUCKET);
  await create(NODES_BUCKET, { ttl: NODE_RECORD_TTL_MS });
}
