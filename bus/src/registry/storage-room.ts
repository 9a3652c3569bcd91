/**
 * Room that tenants have left under their quota of storage, for whoever stores something that nobody has been promised yet.
 *
 * It knows the last count of a gateway, and what was written through it since. A tenant without the quota costs a look-up in a
 * map. Not guaranteed: what others have written since the count, and what was written while it was made: a tenant may pass
 * its quota by that much, and no further.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { PROTOCOL_VERSION, SovfnError, STORAGE_BUCKET, type StorageUse, storageUseSchema } from '@sovfn/protocol';
import { WatchedBucket } from './watched-bucket.ts';

const RETRY_AFTER_S = 60;

export class StorageRoom {
  readonly #bucket: WatchedBucket<StorageUse>;
  /** Bytes since the last count, of tenants with the quota. */
  readonly #written = new Map<string, number>();
  readonly #listeners = new Set<(tenant: string) => void>();

  static async open(
    connection: NatsConnection,
    onInvalid: (key: string, reason: string) => void,
  ): Promise<StorageRoom> {
    const schema = storageUseSchema;
    return new StorageRoom(await WatchedBucket.open({ connection, bucket: STORAGE_BUCKET, schema, onInvalid }));
  }

  private constructor(bucket: WatchedBucket<StorageUse>) {
    this.#bucket = bucket;
    bucket.onChange((tenant) => this.#written.delete(tenant));
  }

  /** As it was counted last; null: the tenant has no such quota, or was not counted yet. */
  use(tenant: string): StorageUse | null {
    return this.#bucket.get(tenant);
  }

  /** Those that were counted. */
  tenants(): string[] {
    return [...this.#bucket.entries()].map(([tenant]) => tenant);
  }

  /** Throws `storage-full`. `bytes`: as far as they are known before. */
  assertRoom(tenant: string, bytes = 0): void {
    const use = this.#bucket.get(tenant);
    if (use === null) return;
    const used = use.usedBytes + (this.#written.get(tenant) ?? 0);
    if (used < use.quotaBytes && used + bytes <= use.quotaBytes) return;
    for (const listener of this.#listeners) listener(tenant);
    throw storageFull(use, used, bytes);
  }

  noteWritten(tenant: string, bytes: number): void {
    if (this.#bucket.get(tenant) !== null) this.#written.set(tenant, (this.#written.get(tenant) ?? 0) + bytes);
  }

  /** Called when something was refused. */
  onRefused(listener: (tenant: string) => void): void {
    this.#listeners.add(listener);
  }

  /** For gateways. Resolves when it holds here; elsewhere it does within moments. */
  async write(use: Omit<StorageUse, 'v'>): Promise<void> {
    const record: StorageUse = { v: PROTOCOL_VERSION, ...use };
    await this.#bucket.untilSeen(use.tenant, await this.#bucket.kv.put(use.tenant, JSON.stringify(record)));
  }

  /** For gateways: the tenant has no such quota any more. */
  async remove(tenant: string): Promise<void> {
    await this.#bucket.kv.delete(tenant);
  }

  close(): void {
    this.#bucket.close();
  }
}

function storageFull({ tenant, quotaBytes }: StorageUse, used: number, bytes: number): SovfnError {
  const further = bytes === 0 ? '' : `, and ${bytes} more would be stored`;
  const what = `the tenant "${tenant}" keeps ${used} bytes of the ${quotaBytes} that its quota of storage allows${further}`;
  return new SovfnError('storage-full', what, {
    hint: 'Nothing was stored. Remove outputs, objects or functions (delete --purge), or ask the operator for more: room is noticed within a minute or two.',
    facts: { limit: 'storageBytes', limitValue: quotaBytes, measured: used, retryAfterS: RETRY_AFTER_S },
  });
}
