/**
 * The secrets of all functions, as a gateway holds them: sealed in a NATS bucket that it watches, opened whenever one is
 * needed (a tenant's key may be taken away at any time), replaced by compare-and-set.
 *
 * Guarantees: a value leaves this object to whoever verifies or runs with it, or encrypts it for its owner (export); a version is
 * given once; when `set` and `delete` have resolved, this gateway uses the new state (others follow their watch).
 * Hostile: the bucket's content, which is authenticated when it is opened.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { isWriteConflict, WatchedBucket } from '@sovfn/bus';
import type { DataKeySource } from '@sovfn/bus/encryption';
import {
  DEFAULT_OVERLAP_MS,
  isSovfnError,
  MOST_SECRETS,
  PROTOCOL_VERSION,
  type SealedValue,
  secretKey,
  type SecretRecord,
  secretRecordSchema,
  SECRETS_BUCKET,
  type SetSecretRequest,
  SovfnError,
} from '@sovfn/protocol';
import type { FunctionName } from '../outputs/output-address.ts';
import { SealedSecrets, type SecretAddress } from './sealed-secrets.ts';

export interface SecretStoreOptions {
  readonly connection: NatsConnection;
  readonly keys: DataKeySource;
  readonly onInvalid: (key: string, reason: string) => void;
}

/** A secret without its value. */
export interface SecretFacts {
  readonly name: string;
  readonly version: number;
  readonly setAt: string;
  readonly previousAcceptedUntil: string | null;
}

/** Value null: not set. Version 0: it never was. */
export interface SecretValue {
  readonly version: number;
  readonly value: string | null;
}

/** Compare-and-set is repeated this often against changes through other gateways. */
const WRITE_ATTEMPTS = 8;

export class SecretStore {
  readonly #bucket: WatchedBucket<SecretRecord>;
  readonly #sealed: SealedSecrets;

  /** Resolves when all secrets have been read. */
  static async open({ connection, keys, onInvalid }: SecretStoreOptions): Promise<SecretStore> {
    const options = { connection, bucket: SECRETS_BUCKET, schema: secretRecordSchema, onInvalid };
    return new SecretStore(await WatchedBucket.open(options), new SealedSecrets(keys));
  }

  private constructor(bucket: WatchedBucket<SecretRecord>, sealed: SealedSecrets) {
    this.#bucket = bucket;
    this.#sealed = sealed;
  }

  close(): void {
    this.#bucket.close();
  }

  /**
   * The values that a webhook accepts at a moment, the current one first; empty when it is not set. Throws
   * `secret-unreadable` or `key-unavailable`.
   */
  async accepted(of: FunctionName, name: string, now: number): Promise<readonly string[]> {
    const address = addressOf(of, name);
    const { current = null, previous = null } = this.#bucket.get(keyOf(address)) ?? {};
    if (current === null) return [];
    const isAccepted = previous !== null && Date.parse(previous.acceptedUntil) > now;
    const values = isAccepted ? [current, previous] : [current];
    return Promise.all(values.map((value) => this.#sealed.open(address, value)));
  }

  /** Throws `secret-unreadable` or `key-unavailable`. */
  async current(of: FunctionName, name: string): Promise<SecretValue> {
    const address = addressOf(of, name);
    const record = this.#bucket.get(keyOf(address));
    const current = record?.current ?? null;
    const value = current === null ? null : await this.#sealed.open(address, current);
    return { version: record?.lastVersion ?? 0, value };
  }

  has(of: FunctionName, name: string): boolean {
    return (this.#bucket.get(keyOf(addressOf(of, name)))?.current ?? null) !== null;
  }

  /** By name. */
  list(of: FunctionName): SecretFacts[] {
    const facts = this.#recordsOf(of).flatMap((record) => factsOf(record) ?? []);
    return facts.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Last version of each secret there is or was. */
  versions(of: FunctionName): Record<string, number> {
    return Object.fromEntries(this.#recordsOf(of).map(({ name, lastVersion }) => [name, lastVersion]));
  }

  /**
   * Sets a value; the same value again changes nothing. The value before is accepted for the overlap. Throws
   * `too-many-secrets`, `secret-conflict`, `key-unavailable`.
   */
  async set(of: FunctionName, name: string, { value, overlapMs }: Omit<SetSecretRequest, 'v'>): Promise<SecretFacts> {
    const address = addressOf(of, name);
    const record = await this.#write(address, async (before) => {
      const current = before?.current ?? null;
      if (current === null) this.#assertRoom(of);
      const replaced = current === null ? null : await this.#openIfReadable(address, current);
      if (replaced === value) return null;
      const version = (before?.lastVersion ?? 0) + 1;
      const acceptedUntil = new Date(Date.now() + (overlapMs ?? DEFAULT_OVERLAP_MS)).toISOString();
      const previous = current === null || replaced === null ? null : { ...current, acceptedUntil };
      return { lastVersion: version, current: await this.#sealed.seal(address, version, value), previous };
    });
    return factsOf(record)!;
  }

  /** From now on nothing accepts or gets it. Throws `secret-not-found`, `secret-conflict`. */
  async delete(of: FunctionName, name: string): Promise<void> {
    await this.#write(addressOf(of, name), async (before) => {
      if (before === null || before.current === null) throw notFound(of, name);
      return { lastVersion: before.lastVersion + 1, current: null, previous: null };
    });
  }

  async deleteAll(of: FunctionName): Promise<void> {
    for (const { name } of this.list(of)) await this.delete(of, name);
  }

  /** Records of a tenant, also of functions that were never deployed. */
  countOf(tenant: string): number {
    return [...this.#bucket.entries()].filter(([, record]) => record.tenant === tenant).length;
  }

  /** Removes every record of a tenant; returns how many there were. */
  async eraseTenant(tenant: string): Promise<number> {
    const keys = [...this.#bucket.entries()].filter(([, record]) => record.tenant === tenant).map(([key]) => key);
    for (const key of keys) await this.#bucket.kv.purge(key);
    return keys.length;
  }

  /** A value that cannot be opened is replaced, and accepted by nobody. */
  async #openIfReadable(address: SecretAddress, sealed: SealedValue): Promise<string | null> {
    try {
      return await this.#sealed.open(address, sealed);
    } catch (error) {
      if (isSovfnError(error) && error.code === 'secret-unreadable') return null;
      throw error;
    }
  }

  /** `change` returns null when nothing is to be written. Resolves with what is stored then, and visible here. */
  async #write(
    address: SecretAddress,
    change: (before: SecretRecord | null) => Promise<Pick<SecretRecord, 'lastVersion' | 'current' | 'previous'> | null>,
  ): Promise<SecretRecord> {
    const key = keyOf(address);
    for (let attempt = 1; attempt <= WRITE_ATTEMPTS; attempt++) {
      const entry = await this.#bucket.kv.get(key);
      const before = entry?.operation === 'PUT' ? secretRecordSchema.parse(entry.json()) : null;
      const changed = await change(before);
      if (changed === null) return before!;
      const record: SecretRecord = { v: PROTOCOL_VERSION, ...address, ...changed };
      const revision = await this.#put(key, record, entry?.revision ?? 0);
      if (revision === null) continue;
      await this.#bucket.untilSeen(key, revision);
      return record;
    }
    throw new SovfnError('secret-conflict', `"${address.name}" was changed by somebody else at the same moment`, {
      hint: 'Look at `sovfn secrets list`, and set it again.',
    });
  }

  /** Its revision; null when somebody else was first. */
  async #put(key: string, record: SecretRecord, previousSeq: number): Promise<number | null> {
    try {
      return await this.#bucket.kv.put(key, JSON.stringify(record), { previousSeq });
    } catch (error) {
      if (isWriteConflict(error)) return null;
      throw error;
    }
  }

  #assertRoom(of: FunctionName): void {
    const count = this.list(of).length;
    if (count < MOST_SECRETS) return;
    throw new SovfnError(
      'too-many-secrets',
      `"${of.function}" has ${count} secrets; at most ${MOST_SECRETS} are kept`,
      {
        hint: `Delete one that is not used: sovfn secrets list ${of.function}`,
      },
    );
  }

  #recordsOf(of: FunctionName): SecretRecord[] {
    const records = [...this.#bucket.entries()].map(([, record]) => record);
    return records.filter(({ tenant, function: name }) => tenant === of.tenant && name === of.function);
  }
}

function addressOf({ tenant, function: owner }: FunctionName, name: string): SecretAddress {
  return { tenant, function: owner, name };
}

function keyOf({ tenant, function: owner, name }: SecretAddress): string {
  return secretKey(tenant, owner, name);
}

function factsOf({ name, current, previous }: SecretRecord): SecretFacts | null {
  if (current === null) return null;
  const isAccepted = previous !== null && Date.parse(previous.acceptedUntil) > Date.now();
  const { version, setAt } = current;
  return { name, version, setAt, previousAcceptedUntil: isAccepted ? previous.acceptedUntil : null };
}

function notFound(of: FunctionName, name: string): SovfnError {
  return new SovfnError('secret-not-found', `"${of.function}" has no secret "${name}"`, {
    hint: `sovfn secrets list ${of.function} shows those there are.`,
  });
}
