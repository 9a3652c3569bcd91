/**
 * Tokens as a gateway sees them: records in a NATS bucket, with hashes of the secrets.
 *
 * Guarantees: what is known of a token is at most FRESH_MS old, whoever changed it, so a revoked one is taken nowhere for
 * longer; while the bus cannot be asked, no token of the bucket is taken. A secret exists in the answer that gives it out,
 * and nowhere else.
 * Hostile: the texts that are looked up.
 */
import { createHash, randomBytes } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { WatchedBucket, isWriteConflict } from '@sovfn/bus';
import {
  DEFAULT_TOKEN_OVERLAP_MS,
  isSovfnError,
  LOGIN_ACTOR,
  MOST_TOKENS,
  PROTOCOL_VERSION,
  SovfnError,
  type TokenRecord,
  tokenRecordSchema,
  TOKENS_BUCKET,
} from '@sovfn/protocol';

export interface TokenRegistryOptions {
  readonly connection: NatsConnection;
  readonly onInvalid: (key: string, reason: string) => void;
}

/** `token`: as it is given to its user, once. */
export interface IssuedToken {
  readonly record: TokenRecord;
  readonly token: string;
}

interface Known {
  readonly record: TokenRecord;
  /** By `performance.now()`. */
  readonly readAt: number;
}

/** Milliseconds. */
export const FRESH_MS = 2_000;
const ANSWER_MS = 2_000;
/** Tokens that are remembered; the one that was read first is let go. */
const KNOWN_TOKENS = 10_000;
const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz012345';
const ID_LENGTH = 16;
const SECRET_BYTES = 32;

export class TokenRegistry {
  readonly #options: TokenRegistryOptions;
  readonly #kv: KV;
  readonly #known = new Map<string, Known>();

  static async open(options: TokenRegistryOptions): Promise<TokenRegistry> {
    const kvm = new Kvm(jetstream(options.connection, { timeout: ANSWER_MS }));
    return new TokenRegistry(await kvm.open(TOKENS_BUCKET), options);
  }

  private constructor(kv: KV, options: TokenRegistryOptions) {
    this.#kv = kv;
    this.#options = options;
  }

  /** Null: there is none, or not any more. Throws `bus-unavailable`. */
  async find(id: string): Promise<TokenRecord | null> {
    const known = this.#known.get(id);
    if (known !== undefined && performance.now() - known.readAt < FRESH_MS) return known.record;
    const readAt = performance.now();
    const stored = await this.#read(id);
    this.#known.delete(id);
    if (stored === null) return null;
    this.#remember(stored.record, readAt);
    return stored.record;
  }

  /** Of one tenant, by name and age. Throws `bus-unavailable`. */
  async list(tenant: string): Promise<TokenRecord[]> {
    const { connection, onInvalid } = this.#options;
    const options = { connection, bucket: TOKENS_BUCKET, schema: tokenRecordSchema, onInvalid };
    const bucket = await this.#asked(WatchedBucket.open(options));
    bucket.close();
    const records = [...bucket.entries()].filter(([id, record]) => record.id === id).map(([, record]) => record);
    const ofTenant = records.filter((record) => record.tenant === tenant);
    return ofTenant.toSorted((a, b) => compare(a.name, b.name) || compare(a.createdAt, b.createdAt));
  }

  /** Throws `too-many-tokens`, `bus-unavailable`. */
  async create(facts: Omit<TokenRecord, 'v' | 'id' | 'secrets'>): Promise<IssuedToken> {
    const { length } = await this.#withoutEndedLogins(await this.list(facts.tenant));
    if (length >= MOST_TOKENS) {
      throw new SovfnError('too-many-tokens', `the tenant has ${length} tokens; ${MOST_TOKENS} are possible`, {
        hint: 'Revoke those that nobody uses: `sovfn tokens list` shows them.',
      });
    }
    const id = newTokenId();
    const { token, sha256 } = newSecret(id);
    const secrets = [{ sha256, acceptedUntil: null }];
    const record = tokenRecordSchema.parse({ v: PROTOCOL_VERSION, id, ...facts, secrets });
    await this.#write(record, 0);
    return { record, token };
  }

  /** Gives it another secret; the one before is taken for `overlapMs`, any older one not any more. Throws `token-not-found`, `token-conflict`. */
  async rotate(tenant: string, id: string, overlapMs: number | null): Promise<IssuedToken> {
    const { record, revision } = await this.#require(tenant, id);
    const { token, sha256 } = newSecret(id);
    const until = new Date(Date.now() + (overlapMs ?? DEFAULT_TOKEN_OVERLAP_MS)).toISOString();
    const [current] = record.secrets as [TokenRecord['secrets'][number]];
    const previous = overlapMs === 0 ? [] : [{ ...current, acceptedUntil: until }];
    const rotated = { ...record, secrets: [{ sha256, acceptedUntil: null }, ...previous] };
    await this.#write(rotated, revision);
    return { record: rotated, token };
  }

  /** Resolves when no gateway learns of it any more as a token. Throws `token-not-found`. */
  async revoke(tenant: string, id: string): Promise<void> {
    await this.#require(tenant, id);
    await this.#asked(this.#kv.delete(id));
    this.#known.delete(id);
  }

  /** Tokens of logins last for minutes: nobody looks at one that has expired. */
  async #withoutEndedLogins(records: readonly TokenRecord[]): Promise<TokenRecord[]> {
    const isEnded = ({ createdBy, expiresAt }: TokenRecord): boolean =>
      createdBy === LOGIN_ACTOR && expiresAt !== null && Date.parse(expiresAt) <= Date.now();
    for (const { id } of records.filter(isEnded)) await this.#asked(this.#kv.delete(id));
    return records.filter((record) => !isEnded(record));
  }

  async #require(tenant: string, id: string): Promise<{ readonly record: TokenRecord; readonly revision: number }> {
    const stored = await this.#read(id);
    if (stored !== null && stored.record.tenant === tenant) return stored;
    throw new SovfnError('token-not-found', `there is no token "${id}"`, {
      hint: '`sovfn tokens list` shows those of the tenant.',
    });
  }

  async #read(id: string): Promise<{ readonly record: TokenRecord; readonly revision: number } | null> {
    const entry = await this.#asked(this.#kv.get(id));
    if (entry?.operation !== 'PUT') return null;
    const record = this.#parse(id, entry.string());
    return record?.id === id ? { record, revision: entry.revision } : null;
  }

  async #write(record: TokenRecord, previousSeq: number): Promise<void> {
    this.#known.delete(record.id);
    try {
      await this.#kv.put(record.id, JSON.stringify(record), { previousSeq });
    } catch (error) {
      if (!isWriteConflict(error)) throw unavailable(error);
      throw new SovfnError(
        'token-conflict',
        `the token "${record.id}" was changed by somebody else at the same moment`,
        {
          cause: error,
          hint: 'Look at it with `sovfn tokens list`, and try again.',
        },
      );
    }
  }

  #remember(record: TokenRecord, readAt: number): void {
    this.#known.set(record.id, { record, readAt });
    const [oldest] = this.#known.keys();
    if (this.#known.size > KNOWN_TOKENS) this.#known.delete(oldest!);
  }

  #parse(key: string, text: string): TokenRecord | null {
    try {
      return tokenRecordSchema.parse(JSON.parse(text));
    } catch (error) {
      this.#options.onInvalid(key, String(error));
      return null;
    }
  }

  async #asked<T>(question: Promise<T>): Promise<T> {
    try {
      return await question;
    } catch (error) {
      throw isSovfnError(error) ? error : unavailable(error);
    }
  }
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export function newTokenId(): string {
  return Array.from(randomBytes(ID_LENGTH), (byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join('');
}

function newSecret(id: string): { readonly token: string; readonly sha256: string } {
  const token = `sovfn_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { token, sha256: hashToken(token).toString('hex') };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function unavailable(cause: unknown): SovfnError {
  return new SovfnError('bus-unavailable', `tokens cannot be looked up: ${String(cause)}`, {
    cause,
    hint: "Retry in a moment. The token of the platform's owner is known without the bus.",
  });
}
