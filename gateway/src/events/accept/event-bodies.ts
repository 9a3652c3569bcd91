/**
 * Bodies of events that do not fit into a message: objects in a bucket of their own, one for each event, named by it.
 *
 * Guarantees: a body is stored whole before its event is accepted. It stays while its event can be run, or run again;
 * then BodySweep removes it. What was changed in the object store since is never read to its end. Hostile: the bytes.
 */
import { createHash } from 'node:crypto';
import { type FunctionAddress, isInvocationId, isName, SovfnError } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import type { BodyReference } from './accepted-event.ts';

/** A body that was stored before its event is accepted: the event must get this id. */
export interface StoredBody {
  readonly event: string;
  readonly reference: BodyReference;
}

const CALL_MS = 30_000;

export class EventBodies {
  readonly #store: ObjectStore;
  readonly #bucket: string;

  constructor(store: ObjectStore, bucket: string) {
    this.#store = store;
    this.#bucket = bucket;
  }

  /** Throws `store-unavailable` or `store-refused`. */
  async put(to: FunctionAddress, event: string, body: Buffer): Promise<BodyReference> {
    const object = bodyObject(to, event);
    await this.#store.put(this.#bucket, object, body, { timeoutMs: CALL_MS });
    return { object, bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') };
  }

  /** Stores exactly `bytes` bytes of the source, or nothing. Throws like `put`, `size-mismatch`, or what the source threw. */
  async putStream(
    to: FunctionAddress,
    event: string,
    body: { readonly bytes: number; readonly source: AsyncIterable<Buffer> },
  ): Promise<BodyReference> {
    const object = bodyObject(to, event);
    const hash = createHash('sha256');
    await this.#store.putStream(this.#bucket, object, body.bytes, hashed(body.source, hash));
    return { object, bytes: body.bytes, sha256: hash.digest('hex') };
  }

  /**
   * Reads the body piece by piece. Throws `not-found` when it is gone, and in place of its end `event-corrupted` when it is not
   * what was accepted.
   */
  async *read({ object, sha256 }: BodyReference): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    yield* hashed(this.#store.getStream(this.#bucket, object, { timeoutMs: CALL_MS }), hash);
    const found = hash.digest('hex');
    if (found === sha256) return;
    throw new SovfnError('event-corrupted', `the body ${object} has the hash ${found}; ${sha256} was accepted`, {
      hint: 'Find out who wrote to the bucket of events, and send the event again.',
    });
  }

  /** Also succeeds when it is gone already. */
  async remove(reference: BodyReference): Promise<void> {
    await this.#store.remove(this.#bucket, reference.object);
  }
}

export function bodyObject(to: FunctionAddress, event: string): string {
  return `${to.zone}/${to.tenant}/${to.function}/${event}`;
}

/** Whose body an object is; null for an object that is none. */
export function eventOfBody(object: string): { readonly to: FunctionAddress; readonly event: string } | null {
  const [zone = '', tenant = '', name = '', event = '', ...rest] = object.split('/');
  if (rest.length > 0 || ![zone, tenant, name].every(isName) || !isInvocationId(event)) return null;
  return { to: { zone, tenant, function: name }, event };
}

async function* hashed(
  source: AsyncIterable<Buffer>,
  hash: { update(bytes: Buffer): unknown },
): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    hash.update(piece);
    yield piece;
  }
}
