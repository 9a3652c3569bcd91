import { openStore } from '@sovfn/store';
import { BUNDLES_BUCKET, OUTPUTS_BUCKET } from './layout.ts';
import { ensureStoreUser } from './minio-admin.ts';
import { LOOPBACK } from './ports.ts';
import { STORE_USERS, storeUsers } from './store-users.ts';

/** Makes the buckets and the users of gateway and node in the embedded MinIO, where they are missing. */
export async function prepareStore(
  port: number,
  secrets: Readonly<Record<'root' | 'gateway' | 'node', string>>,
): Promise<void> {
  const root = { host: LOOPBACK, port, accessKey: STORE_USERS.root, secretKey: secrets.root };
  const store = openStore({ ...root, tls: false });
  try {
    await store.ensureBucket(BUNDLES_BUCKET);
    await store.ensureBucket(OUTPUTS_BUCKET);
    for (const user of storeUsers(secrets)) await ensureStoreUser(root, user);
  } finally {
    store.close();
  }
}
