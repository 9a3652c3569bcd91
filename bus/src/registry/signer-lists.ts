import type { NatsConnection } from '@nats-io/transport-node';
import {
  assertFollows,
  isSovfnError,
  MOST_SIGNER_LISTS,
  type SignedSignerList,
  signedSignerListSchema,
  signerListKey,
  type SignerList,
  SIGNERS_BUCKET,
  SovfnError,
} from '@sovfn/protocol';
import { isWriteConflict } from '../batch/index.ts';
import { WatchedBucket } from './watched-bucket.ts';

/** Where the lists of a tenant's signers lead to. */
export interface LatestSigners {
  /** Null: there are none. */
  readonly list: SignerList | null;
  /** Why what comes next was not followed; null: nothing comes next. */
  readonly refused: string | null;
}

/**
 * Every list of developers who sign for a tenant, in memory. What lies in the bucket is anybody's who may write it: `follow` says
 * which of it counts. `append` is for gateways.
 */
export class SignerLists {
  readonly #bucket: WatchedBucket<SignedSignerList>;
  /** Followed to the end already: a signature is checked once, not in each request. */
  readonly #latest = new Map<string, SignerList | null>();

  static async open(
    connection: NatsConnection,
    onInvalid: (key: string, reason: string) => void,
  ): Promise<SignerLists> {
    const schema = signedSignerListSchema;
    return new SignerLists(await WatchedBucket.open({ connection, bucket: SIGNERS_BUCKET, schema, onInvalid }));
  }

  private constructor(bucket: WatchedBucket<SignedSignerList>) {
    this.#bucket = bucket;
    this.onChange((tenant) => this.#latest.delete(tenant));
  }

  /** Those of whom there is a first list. */
  tenants(): string[] {
    return [...this.#bucket.entries()].flatMap(([, { list }]) => (list.number === 1 ? [list.tenant] : []));
  }

  at(tenant: string, number: number): SignedSignerList | null {
    return this.#bucket.get(signerListKey(tenant, number));
  }

  /** From `known` on, list after list, as far as each is signed with a key of the one before; null: from the first one. */
  follow(tenant: string, known: SignerList | null): LatestSigners {
    let list = known;
    for (let number = (known?.number ?? 0) + 1; number <= MOST_SIGNER_LISTS; number++) {
      const next = this.at(tenant, number);
      if (next === null) break;
      const refused = whyNotFollowed(tenant, list, next);
      if (refused !== null) return { list, refused };
      ({ list } = next);
    }
    return { list, refused: null };
  }

  /** As far as the lists can be followed from the first one on; null: the tenant has none. */
  latest(tenant: string): SignerList | null {
    const known = this.#latest.get(tenant);
    if (known !== undefined) return known;
    const { list } = this.follow(tenant, null);
    this.#latest.set(tenant, list);
    return list;
  }

  /** Listeners get the tenant whose lists have changed. */
  onChange(listener: (tenant: string) => void): () => void {
    return this.#bucket.onChange((key) => listener(key.slice(0, key.lastIndexOf('.'))));
  }

  /**
   * Puts a list behind `known`, in place of one that does not follow it. Throws `signature-refused`, `signers-conflict`.
   */
  async append(tenant: string, known: SignerList | null, signed: SignedSignerList): Promise<void> {
    assertFollows(tenant, known, signed);
    const key = signerListKey(tenant, signed.list.number);
    try {
      const previousSeq = this.#bucket.revision(key);
      const revision = await this.#bucket.kv.put(key, JSON.stringify(signed), { previousSeq });
      await this.#bucket.untilSeen(key, revision);
    } catch (cause) {
      if (!isWriteConflict(cause)) throw cause;
      throw new SovfnError(
        'signers-conflict',
        `somebody else changed the signers of tenant "${tenant}" at the same moment`,
        {
          cause,
          hint: 'Look at them with `sovfn signers list`, and change them again.',
        },
      );
    }
  }

  close(): void {
    this.#bucket.close();
  }
}

function whyNotFollowed(tenant: string, before: SignerList | null, next: SignedSignerList): string | null {
  try {
    assertFollows(tenant, before, next);
    return null;
  } catch (error) {
    if (isSovfnError(error)) return error.message;
    throw error;
  }
}
