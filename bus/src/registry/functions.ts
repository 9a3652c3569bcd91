import type { NatsConnection } from '@nats-io/transport-node';
import {
  functionKey,
  type FunctionRecord,
  functionRecordSchema,
  FUNCTIONS_BUCKET,
  PROTOCOL_VERSION,
  SovfnError,
  jsonOrNull,
} from '@sovfn/protocol';
import { isWriteConflict } from '../batch/index.ts';
import { type OnChange, WatchedBucket } from './watched-bucket.ts';

export interface StoredFunction {
  readonly record: FunctionRecord | null;
  /** What `write` must be given; 0 when the key never existed. */
  readonly revision: number;
}

/** Every function of the platform, in memory. `write` and `remove` are for the controller; others lack the permission. */
export class FunctionRegistry {
  readonly #bucket: WatchedBucket<FunctionRecord>;

  static async open(
    connection: NatsConnection,
    onInvalid: (key: string, reason: string) => void,
  ): Promise<FunctionRegistry> {
    const schema = functionRecordSchema;
    return new FunctionRegistry(await WatchedBucket.open({ connection, bucket: FUNCTIONS_BUCKET, schema, onInvalid }));
  }

  private constructor(bucket: WatchedBucket<FunctionRecord>) {
    this.#bucket = bucket;
  }

  get(tenant: string, name: string): FunctionRecord | null {
    return this.#bucket.get(functionKey(tenant, name));
  }

  /** Of the last change of the function's record that was seen, its removal included; 0: none was. */
  revision(tenant: string, name: string): number {
    return this.#bucket.revision(functionKey(tenant, name));
  }

  *all(): IterableIterator<FunctionRecord> {
    for (const [, record] of this.#bucket.entries()) yield record;
  }

  /** Listeners get the key `functionKey(tenant, name)`. */
  onChange(listener: OnChange<FunctionRecord>): () => void {
    return this.#bucket.onChange(listener);
  }

  /**
   * Reads past the memory, for a compare-and-set. A record that does not have the agreed form is absent, so that deploying
   * again mends it; one of another protocol version is not ours to replace: throws `internal-error`.
   */
  async entry(tenant: string, name: string): Promise<StoredFunction> {
    const entry = await this.#bucket.kv.get(functionKey(tenant, name));
    if (entry === null) return { record: null, revision: 0 };
    const record = entry.operation === 'PUT' ? readRecord(entry.string(), functionKey(tenant, name)) : null;
    return { record, revision: entry.revision };
  }

  /** Throws `deploy-conflict` when the key is no longer at `expectedRevision`. Returns the new revision. */
  async write(record: FunctionRecord, expectedRevision: number): Promise<number> {
    const key = functionKey(record.tenant, record.name);
    const value = JSON.stringify(functionRecordSchema.parse(record));
    try {
      return await this.#bucket.kv.put(key, value, { previousSeq: expectedRevision });
    } catch (error) {
      if (!isWriteConflict(error)) throw error;
      throw new SovfnError('deploy-conflict', `"${record.name}" was deployed by somebody else at the same moment`, {
        cause: error,
        hint: 'Deploy again.',
      });
    }
  }

  /** As `WatchedBucket.untilSeen`. */
  async untilSeen(tenant: string, name: string, revision: number): Promise<void> {
    await this.#bucket.untilSeen(functionKey(tenant, name), revision);
  }

  async remove(tenant: string, name: string): Promise<void> {
    await this.#bucket.kv.delete(functionKey(tenant, name));
  }

  close(): void {
    this.#bucket.close();
  }
}

function readRecord(text: string, key: string): FunctionRecord | null {
  const value = jsonOrNull(text);
  const parsed = functionRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const version = (value as { readonly v?: unknown } | null)?.v;
  if (typeof version !== 'number' || version === PROTOCOL_VERSION) return null;
  const what = `the record "${key}" is of protocol version ${version}; this is ${PROTOCOL_VERSION}`;
  throw new SovfnError('internal-error', what, { hint: 'Use the version of sovfn that wrote it, or a later one.' });
}
