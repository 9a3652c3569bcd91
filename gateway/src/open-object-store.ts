import { type ObjectStore, openStore } from '@sovfn/store';
import type { GatewayConfig, GatewaySecrets } from './config.ts';
import { logStoreNotReady } from './events.ts';
import type { Log } from './logger.ts';
import { StoreBuckets } from './store-buckets.ts';

interface StoreStart {
  readonly config: GatewayConfig;
  readonly secrets: GatewaySecrets;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
}

/** The store need not answer yet: its buckets are made when it does. */
export async function openObjectStore({ config, secrets, log, parts }: StoreStart): Promise<ObjectStore> {
  const { endpoint, accessKey, bundles, outputs, events, logs, proofs } = config.store;
  const store = openStore({ ...endpoint, accessKey, secretKey: secrets.storeSecretKey });
  const names = [bundles, outputs, events, ...[logs, proofs].filter((name) => name !== undefined)];
  const buckets = new StoreBuckets(store, names, (error) => logStoreNotReady(log, error));
  parts.defer(() => buckets.close());
  await buckets.ensure();
  return store;
}
