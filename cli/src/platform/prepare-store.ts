import { setTimeout } from 'node:timers/promises';
import { isSovfnError } from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { BUNDLES_BUCKET, DATA_BUCKET, OUTPUTS_BUCKET } from './layout.ts';
import { ensureStoreUser } from './minio-admin.ts';
import { LOOPBACK } from '../servers/free-port.ts';
import { STORE_USERS, storeUsers } from './store-users.ts';

/** MinIO listens, and says that it is healthy, before it takes its first request: on a busy machine by some seconds. */
const INITIALIZING_MS = 30_000;
const PAUSE_MS = 200;

/**
 * Makes the buckets and the users of gateway and node in the embedded MinIO, where they are missing. Waits up to 30 s
 * for a store that refuses because it is still starting, then throws what it said.
 */
export async function prepareStore(
  port: number,
  secrets: Readonly<Record<'root' | 'gateway' | 'node', string>>,
): Promise<void> {
  const root = { host: LOOPBACK, port, accessKey: STORE_USERS.root, secretKey: secrets.root };
  const store = openStore({ ...root, tls: false });
  try {
    await onceAccepted(() => store.ensureBucket(BUNDLES_BUCKET));
    await store.ensureBucket(OUTPUTS_BUCKET);
    await store.ensureBucket(DATA_BUCKET);
    for (const user of storeUsers(secrets)) await ensureStoreUser(root, user);
  } finally {
    store.close();
  }
}

async function onceAccepted(act: () => Promise<void>): Promise<void> {
  const givesUpAt = performance.now() + INITIALIZING_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isSovfnError(error) || error.code !== 'store-unavailable' || performance.now() > givesUpAt) throw error;
      await setTimeout(PAUSE_MS);
    }
  }
}
