import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  DISPATCH_BUCKET,
  FUNCTIONS_BUCKET,
  NODE_RECORD_TTL_MS,
  NODES_BUCKET,
  SCHEDULE_PAUSES_BUCKET,
  SECRETS_BUCKET,
} from '@sovfn/protocol';

/** Makes the registry's buckets where they do not exist yet. For the gateway: no other component may create streams. */
export async function createBuckets(connection: NatsConnection): Promise<void> {
  const kvm = new Kvm(connection);
  await kvm.create(FUNCTIONS_BUCKET, { history: 1 });
  await kvm.create(SECRETS_BUCKET, { history: 1 });
  await kvm.create(DISPATCH_BUCKET, { history: 1 });
  await kvm.create(SCHEDULE_PAUSES_BUCKET, { history: 1 });
  await kvm.create(NODES_BUCKET, { history: 1, ttl: NODE_RECORD_TTL_MS });
}
