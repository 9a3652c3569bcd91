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
  TENANTS_BUCKET,
  TOKENS_BUCKET,
} from '@sovfn/protocol';
import { assertReplicas, type Replicas } from './replicas.ts';

/**
 * Makes the registry's buckets where they do not exist yet. For the gateway: no other component may create streams.
 * Throws `config-invalid` when one exists with another number of replicas.
 */
export async function createBuckets(connection: NatsConnection, replicas: Replicas = 1): Promise<void> {
  const kvm = new Kvm(connection);
  const streams = await jetstreamManager(connection);
  const create = async (bucket: string, options: Partial<KvOptions> = {}): Promise<void> => {
    await kvm.create(bucket, { history: 1, replicas, ...options });
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
  await create(NODES_BUCKET, { ttl: NODE_RECORD_TTL_MS });
}
