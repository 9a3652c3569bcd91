/**
 * The data keys of all tenants: wrapped in a bucket, unwrapped in memory for a bounded time.
 *
 * Guarantees: no tenant's key is used later than `cacheMs` after its provider last unwrapped it; one line of generations
 * for each tenant and purpose, over all gateways; a key is replaced by a further generation after KEY_DAYS or KEY_PIECES.
 * Not guaranteed: that an unwrapped key is gone from memory at a given moment.
 */
import { randomBytes } from 'node:crypto';
import type { NatsConnection } from '@nats-io/transport-node';
import { WatchedBucket, isWriteConflict } from '@sovfn/bus';
import { DataKey, type DataKeySource, type GivenKey, HeldKeys } from '@sovfn/bus/encryption';
import {
  DATA_KEYS_BUCKET,
  dataKeyEntry,
  type DataKeyName,
  isSovfnError,
  KEY_BYTES,
  type KeyEnd,
  type KeyPurpose,
  PROTOCOL_VERSION,
  SovfnError,
  wrapContext,
  type WrappedKey,
  wrappedKeySchema,
} from '@sovfn/protocol';
import { unavailable } from './file-keys.ts';
import type { KeyProvider } from './key-provider.ts';

export interface DataKeysOptions {
  readonly connection: NatsConnection;
  readonly provider: KeyProvider;
  /** How long an unwrapped key is used without asking the provider again. Milliseconds. */
  readonly cacheMs: number;
  readonly onInvalid: (entry: string, reason: string) => void;
}

/** Age at which a data key is replaced. */
const KEY_DAYS = 30;
/** Pieces that one gateway seals under a data key; far from where random nonces of 96 bits would meet (2^32 in all). */
const KEY_PIECES = 2 ** 26;
const DAY_MS = 24 * 3_600_000;

export class DataKeys implements DataKeySource {
  readonly #options: DataKeysOptions;
  readonly #bucket: WatchedBucket<WrappedKey>;
  /** Newest generation of `<tenant>.<purpose>`. */
  readonly #newest = new Map<string, WrappedKey>();
  readonly #held = new HeldKeys();
  readonly #made = new Map<string, Promise<WrappedKey>>();

  static async open(options: DataKeysOptions): Promise<DataKeys> {
    const { connection, onInvalid } = options;
    const bucket = await WatchedBucket.open({
      ...{ connection, onInvalid },
      bucket: DATA_KEYS_BUCKET,
      schema: wrappedKeySchema,
    });
    return new DataKeys(options, bucket);
  }

  private constructor(options: DataKeysOptions, bucket: WatchedBucket<WrappedKey>) {
    this.#options = options;
    this.#bucket = bucket;
    for (const [, record] of bucket.entries()) this.#note(record);
    bucket.onChange((_entry, record) => {
      if (record !== null) this.#note(record);
    });
  }

  close(): void {
    this.#bucket.close();
  }

  newest(tenant: string, purpose: KeyPurpose): DataKey | Promise<DataKey> {
    const record = this.#newest.get(`${tenant}.${purpose}`);
    if (record === undefined) return this.#make(tenant, purpose, 1);
    const key = this.get(record);
    const isOld = Date.now() - Date.parse(record.createdAt) > KEY_DAYS * DAY_MS;
    if (!isOld && (key instanceof Promise || key.sealed < KEY_PIECES)) return key;
    return this.#make(tenant, purpose, record.generation + 1);
  }

  get(name: DataKeyName): DataKey | Promise<DataKey> {
    const entry = dataKeyEntry(name);
    return this.#held.get(entry, () => this.#unwrap(entry, name));
  }

  /** Asks the provider whether the tenant's key can be used. Throws `key-unavailable`. */
  async check(tenant: string): Promise<void> {
    const record = [...this.#newest.values()].find((each) => each.tenant === tenant);
    if (record === undefined) return;
    const entry = dataKeyEntry(record);
    await this.#held.renew(entry, () => this.#unwrap(entry, record));
  }

  /** What of the tenant is held is used no more before the provider has unwrapped it again. */
  forget(tenant: string): void {
    this.#held.forget(({ name }) => name.tenant === tenant);
  }

  /** Data keys that the tenant has. */
  countOf(tenant: string): number {
    return this.#entriesOf(tenant).length;
  }

  #entriesOf(tenant: string): string[] {
    return [...this.#bucket.entries()].filter(([, record]) => record.tenant === tenant).map(([entry]) => entry);
  }

  /** Removes the tenant's data keys, and destroys its key. What they sealed cannot be opened any more. */
  async erase(tenant: string): Promise<{ readonly dataKeys: number; readonly tenantKey: KeyEnd }> {
    const entries = this.#entriesOf(tenant);
    for (const entry of entries) await this.#bucket.kv.purge(entry);
    const tenantKey = await this.#fromProvider(tenant, (provider) => provider.destroy(tenant));
    this.forget(tenant);
    return { dataKeys: entries.length, tenantKey };
  }

  async #unwrap(entry: string, name: DataKeyName): Promise<GivenKey> {
    const record = this.#bucket.get(entry);
    if (record === null) throw notThere(name);
    if (dataKeyEntry(record) !== entry) throw unavailable(name.tenant, `${entry} in NATS holds another data key`);
    const { wrappedBy: keyId, wrapped } = record;
    const bytes = Buffer.from(wrapped, 'base64');
    const secret = await this.#fromProvider(name.tenant, (provider) =>
      provider.unwrap(name.tenant, { keyId, bytes }, wrapContext(name)),
    );
    // The one that is held goes on: it counts what it has sealed.
    const held = this.#held.last(entry);
    const fresh = new DataKey(record, secret);
    const key = held?.secret.equals(fresh.secret) === true ? held : fresh;
    secret.fill(0);
    return { key, forMs: this.#options.cacheMs };
  }

  async #make(tenant: string, purpose: KeyPurpose, generation: number): Promise<DataKey> {
    const name: DataKeyName = { tenant, purpose, generation };
    const entry = dataKeyEntry(name);
    const making = this.#made.get(entry) ?? this.#create(name, entry).finally(() => this.#made.delete(entry));
    this.#made.set(entry, making);
    return this.get(await making);
  }

  /** Of several gateways, one makes it. */
  async #create(name: DataKeyName, entry: string): Promise<WrappedKey> {
    const { tenant } = name;
    const isFirst = ![...this.#newest.values()].some((record) => record.tenant === tenant);
    const secret = randomBytes(KEY_BYTES);
    const { keyId, bytes } = await this.#fromProvider(tenant, async (provider) => {
      if (isFirst) await provider.prepare(tenant);
      return provider.wrap(tenant, secret, wrapContext(name));
    });
    secret.fill(0);
    const record: WrappedKey = {
      ...{ v: PROTOCOL_VERSION, ...name, createdAt: new Date().toISOString() },
      ...{ wrappedBy: keyId, wrapped: bytes.toString('base64') },
    };
    const another = this.#bucket.get(entry);
    if (another !== null) return another;
    // NOTE: of the moment in which there was none: a later one would let this key replace another gateway's. One that was
    // erased leaves its last revision.
    const previousSeq = this.#bucket.revision(entry);
    try {
      await this.#bucket.kv.put(entry, JSON.stringify(record), { previousSeq });
    } catch (error) {
      if (!isWriteConflict(error))
        throw new SovfnError('bus-unavailable', `the data key ${entry} could not be stored`, { cause: error });
    }
    // This one, or another gateway's.
    await this.#bucket.untilSeen(entry, previousSeq + 1);
    const made = this.#bucket.get(entry);
    if (made === null) throw notThere(name);
    return made;
  }

  async #fromProvider<T>(tenant: string, ask: (provider: KeyProvider) => Promise<T>): Promise<T> {
    try {
      return await ask(this.#options.provider);
    } catch (error) {
      if (isSovfnError(error)) throw error;
      throw unavailable(tenant, String(error), error);
    }
  }

  #note(record: WrappedKey): void {
    const line = `${record.tenant}.${record.purpose}`;
    if ((this.#newest.get(line)?.generation ?? 0) < record.generation) this.#newest.set(line, record);
  }
}

function notThere(name: DataKeyName): SovfnError {
  const { tenant, purpose, generation } = name;
  return new SovfnError('data-unreadable', `tenant "${tenant}" has no data key ${generation} for ${purpose}`, {
    hint: 'It was erased, or NATS was restored from an older backup than what the key had sealed.',
  });
}
