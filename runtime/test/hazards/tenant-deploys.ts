/**
 * Deploys functions into any tenant of a platform under test. The control API deploys into the gateway's own tenant only,
 * so this writes what it would write, with the gateway's credentials: the objects of the version, then its record.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectBus, decodeCredential, FunctionRegistry } from '@sovfn/bus';
import { buildFunction } from '@sovfn/builder';
import { bundleObject, firstRecord, inboxPrefix, manifestObject, sourceMapObject } from '@sovfn/protocol';
import { type ObjectStore, openStore } from '@sovfn/store';
import type { TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';

const gatewayConfigSchema = z.object({
  bus: z.object({ host: z.string(), port: z.int(), credsFile: z.string() }),
  store: z.object({
    endpoint: z.object({ host: z.string(), port: z.int(), tls: z.boolean() }),
    accessKey: z.string(),
    secretKeyFile: z.string(),
    bundles: z.string(),
  }),
});
type GatewayConfig = z.output<typeof gatewayConfigSchema>;

interface Deploys {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly registry: FunctionRegistry;
  readonly resources: AsyncDisposableStack;
}

export class TenantDeploys implements AsyncDisposable {
  readonly #parts: Deploys;

  static async open(platform: TestPlatform): Promise<TenantDeploys> {
    await using resources = new AsyncDisposableStack();
    const text = await readFile(join(platform.data, 'run', 'gateway.json'), 'utf8');
    const { bus, store: config } = gatewayConfigSchema.parse(JSON.parse(text));
    const store = resources.adopt(await openConfiguredStore(config), (open) => open.close());
    const connection = await connectBus({
      address: bus,
      credential: decodeCredential(await readFile(bus.credsFile, 'utf8')),
      name: 'hazards',
      // The gateway's credential allows no other.
      inboxPrefix: `${inboxPrefix('gateway')}.gw-1`,
    });
    resources.adopt(connection, (open) => open.close());
    const registry = await FunctionRegistry.open(connection, failOnInvalid);
    resources.adopt(registry, (open) => open.close());
    return new TenantDeploys({ store, bucket: config.bundles, registry, resources: resources.move() });
  }

  private constructor(parts: Deploys) {
    this.#parts = parts;
  }

  /** Builds the folder and makes it the current version of its function. The gateway sees it a moment later. */
  async deploy(tenant: string, folder: string): Promise<void> {
    const { store, bucket, registry } = this.#parts;
    const { config, manifest, version, bundle, sourceMap } = await buildFunction(folder);
    const { name } = config;
    await store.put(bucket, bundleObject(tenant, name, version), Buffer.from(bundle));
    await store.put(bucket, sourceMapObject(tenant, name, version), Buffer.from(sourceMap));
    await store.put(bucket, manifestObject(tenant, name, version), Buffer.from(JSON.stringify(manifest)));
    const { revision } = await registry.entry(tenant, name);
    const deployedAt = new Date().toISOString();
    await registry.write(firstRecord({ tenant, version, manifest, deployedAt }), revision);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.resources.disposeAsync();
  }
}

async function openConfiguredStore({
  endpoint,
  accessKey,
  secretKeyFile,
}: GatewayConfig['store']): Promise<ObjectStore> {
  const secretKey = (await readFile(secretKeyFile, 'utf8')).trim();
  return openStore({ ...endpoint, accessKey, secretKey });
}

function failOnInvalid(key: string, reason: string): never {
  throw new Error(`record ${key}: ${reason}`);
}
