import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore, type ObjectStore } from '@sovfn/store';
import type { TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';

const configSchema = z.object({
  store: z.object({
    endpoint: z.object({ host: z.string(), port: z.int(), tls: z.boolean() }),
    accessKey: z.string(),
    secretKeyFile: z.string(),
  }),
});

/** The object store of a platform under test, with the gateway's own credential. */
export async function openPlatformStore(platform: TestPlatform): Promise<ObjectStore> {
  const text = await readFile(join(platform.data, 'run', 'gateway.json'), 'utf8');
  const { store } = configSchema.parse(JSON.parse(text));
  const secretKey = (await readFile(store.secretKeyFile, 'utf8')).trim();
  return openStore({ ...store.endpoint, accessKey: store.accessKey, secretKey });
}
