import type { NatsConnection } from '@nats-io/transport-node';
import { WatchedBucket, isWriteConflict } from '@sovfn/bus';
import {
  type Erasure,
  NO_QUOTAS,
  PROTOCOL_VERSION,
  type Quotas,
  SovfnError,
  type SupportGrant,
  type TenantRecord,
  tenantRecordSchema,
  TENANTS_BUCKET,
} from '@sovfn/protocol';

export interface TenantRegistryOptions {
  readonly connection: NatsConnection;
  /** Exists without a record. */
  readonly defaultTenant: string;
  readonly onInvalid: (key: string, reason: string) => void;
}

/** The tenants of the platform, in memory, with every change made here; what another gateway changes follows by a watch. */
export class TenantRegistry {
  readonly #bucket: WatchedBucket<TenantRecord>;
  readonly #defaultTenant: string;

  static async open({ connection, defaultTenant, onInvalid }: TenantRegistryOptions): Promise<TenantRegistry> {
    const schema = tenantRecordSchema;
    const bucket = await WatchedBucket.open({ connection, bucket: TENANTS_BUCKET, schema, onInvalid });
    return new TenantRegistry(bucket, defaultTenant);
  }

  private constructor(bucket: WatchedBucket<TenantRecord>, defaultTenant: string) {
    this.#bucket = bucket;
    this.#defaultTenant = defaultTenant;
  }

  close(): void {
    this.#bucket.close();
  }

  /** NOTE: on the path of every HTTP call. Null: it has none. */
  quotas(tenant: string): Quotas | null {
    return this.#bucket.size === 0 ? null : (this.#bucket.get(tenant)?.quotas ?? null);
  }

  /** By name. */
  list(): { readonly name: string; readonly record: TenantRecord | null }[] {
    const records = new Map([...this.#bucket.entries()].filter(([key, { name }]) => key === name));
    const names = new Set([this.#defaultTenant, ...records.keys()]);
    return [...names].toSorted().map((name) => ({ name, record: records.get(name) ?? null }));
  }

  /** Reads past the memory. One that was erased is still known. */
  async exists(tenant: string): Promise<boolean> {
    return tenant === this.#defaultTenant || (await this.#read(tenant)) !== null;
  }

  /** Where the tenant's end is, past the memory; null: none is announced, or there is no such tenant. */
  async endOf(tenant: string): Promise<Erasure | null> {
    return (await this.#read(tenant))?.erasure ?? null;
  }

  /** Throws `tenant-exists`. */
  async create(name: string, quotas: Quotas): Promise<TenantRecord> {
    if (await this.exists(name)) throw tenantExists(name);
    const record: TenantRecord = { v: PROTOCOL_VERSION, name, createdAt: new Date().toISOString(), quotas };
    try {
      await this.#bucket.untilSeen(name, await this.#bucket.kv.create(name, JSON.stringify(record)));
    } catch (error) {
      if (isWriteConflict(error)) throw tenantExists(name, error);
      throw error;
    }
    return record;
  }

  /** Throws `tenant-not-found`. Of two changes at once, the later one holds. */
  async setQuotas(name: string, quotas: Quotas): Promise<TenantRecord> {
    return this.change(name, (before) => ({ ...before, quotas }));
  }

  /** Past the memory, the newest first. Throws `tenant-not-found`. */
  async supportGrants(name: string): Promise<readonly SupportGrant[]> {
    const record = await this.#read(name);
    if (record === null && name !== this.#defaultTenant) throw tenantNotFound(name);
    return record?.support ?? [];
  }

  /**
   * Replaces the record by compare-and-set, and again when somebody else was first: `change` is called for each attempt, and
   * may throw. Throws `tenant-not-found`.
   */
  async change(name: string, change: (before: TenantRecord) => TenantRecord): Promise<TenantRecord> {
    for (;;) {
      const entry = await this.#bucket.kv.get(name);
      const isThere = entry?.operation === 'PUT';
      if (!isThere && name !== this.#defaultTenant) throw tenantNotFound(name);
      const after = change(isThere ? tenantRecordSchema.parse(entry.json()) : unwritten(name));
      try {
        const written = await this.#bucket.kv.put(name, JSON.stringify(after), { previousSeq: entry?.revision ?? 0 });
        await this.#bucket.untilSeen(name, written);
        return after;
      } catch (error) {
        if (!isWriteConflict(error)) throw error;
      }
    }
  }

  /** Null: none is announced. Throws `tenant-not-found`. */
  async erasure(name: string): Promise<Erasure | null> {
    return (await this.#requireErasable(name)).record.erasure ?? null;
  }

  /**
   * Replaces what is known of a tenant's end, by compare-and-set; `change` throws what stands against it. Throws
   * `tenant-not-found`, `erasure-conflict`.
   */
  async changeErasure<After extends Erasure | null>(
    name: string,
    change: (before: Erasure | null) => After,
  ): Promise<After> {
    const { record, revision } = await this.#requireErasable(name);
    const { erasure: before = null, ...others } = record;
    const after = change(before);
    const next: TenantRecord = after === null ? others : { ...others, erasure: after };
    try {
      await this.#bucket.untilSeen(name, await this.#bucket.kv.update(name, JSON.stringify(next), revision));
    } catch (error) {
      if (!isWriteConflict(error)) throw error;
      throw new SovfnError('erasure-conflict', `somebody else changed the tenant "${name}" at the same moment`, {
        hint: 'Look at it, and ask again.',
        cause: error,
      });
    }
    return after;
  }

  async #requireErasable(name: string): Promise<{ readonly record: TenantRecord; readonly revision: number }> {
    if (name === this.#defaultTenant) {
      throw new SovfnError(
        'erasure-conflict',
        `"${name}" is the tenant that the platform begins with: it ends with it`,
        {
          hint: 'Delete its functions with --purge, or remove the data of the whole platform.',
        },
      );
    }
    const entry = await this.#bucket.kv.get(name);
    if (entry?.operation !== 'PUT') throw tenantNotFound(name);
    return { record: tenantRecordSchema.parse(entry.json()), revision: entry.revision };
  }

  async #read(name: string): Promise<TenantRecord | null> {
    const entry = await this.#bucket.kv.get(name);
    return entry?.operation === 'PUT' ? tenantRecordSchema.parse(entry.json()) : null;
  }
}

function unwritten(name: string): TenantRecord {
  return { v: PROTOCOL_VERSION, name, createdAt: new Date().toISOString(), quotas: NO_QUOTAS };
}

export function tenantNotFound(name: string): SovfnError {
  return new SovfnError('tenant-not-found', `there is no tenant "${name}"`, {
    hint: 'Make it: `sovfn tenants create`.',
  });
}

function tenantExists(name: string, cause?: unknown): SovfnError {
  return new SovfnError('tenant-exists', `there is a tenant "${name}" already`, {
    cause,
    hint: 'Its quotas are changed with `sovfn tenants set`.',
  });
}
