/**
 * Bodies of events that do not fit into a message: objects in a bucket of their own, one for each event, named by it.
 *
 * Guarantees: a body is stored whole before its event is accepted. It stays while its event can be run, or run again;
 * then BodySweep removes it. What was changed in the object store since is never read to its end. Hostile: the bytes.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type DataKeySource, openStream, sealedStreamBytes, sealStream } from '@sovfn/bus/encryption';
import {
  type FunctionAddress,
  isInvocationId,
  isName,
  type SealedPlace,
  SovfnError,
  storeOutsideOf,
  type StorePlace,
} from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import { outOfZone } from '../../outputs/stored-outputs.ts';
import type { BodyReference } from './accepted-event.ts';

/** A body that was stored before its event is accepted: the event must get this id. */
export interface StoredBody {
  readonly event: string;
  readonly reference: BodyReference;
}

export interface EventBodiesOptions {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** Where the store is. */
  readonly place: StorePlace;
  readonly keys: DataKeySource;
}

const CALL_MS = 30_000;

export class EventBodies {
  readonly #store: ObjectStore;
  readonly #bucket: string;
  readonly #place: StorePlace;
  readonly #keys: DataKeySource;

  constructor({ store, bucket, place, keys }: EventBodiesOptions) {
    this.#store = store;
    this.#bucket = bucket;
    this.#place = place;
    this.#keys = keys;
  }

  /** Throws `store-unavailable`, `store-refused`, `key-unavailable`, or `residency-unsatisfied` when the store is outside of the zone. */
  async put(to: FunctionAddress, event: string, body: Buffer): Promise<BodyReference> {
    return this.putStream(to, event, { bytes: body.length, source: Readable.from([body]) });
  }

  /** Stores exactly `bytes` bytes of the source, or nothing. Throws like `put`, `size-mismatch`, or what the source threw. */
  async putStream(
    to: FunctionAddress,
    event: string,
    body: { readonly bytes: number; readonly source: AsyncIterable<Buffer> },
  ): Promise<BodyReference> {
    const outside = storeOutsideOf(to.zone, this.#place);
    if (outside !== null) throw outOfZone(outside);
    const object = bodyObject(to, event);
    const hash = createHash('sha256');
    const place = placeOf(to, event);
    const key = await this.#keys.newest(place.tenant, place.purpose);
    const sealed = sealStream(key, place, sized(hashed(body.source, hash), body.bytes));
    await this.#store.putStream(this.#bucket, object, sealedStreamBytes(body.bytes), sealed);
    return { object, bytes: body.bytes, sha256: hash.digest('hex'), isSealed: true };
  }

  /**
   * Reads the body piece by piece. Throws `not-found` when it is gone, and in place of its end `event-corrupted` when it is not
   * what was accepted.
   */
  async *read(reference: BodyReference): AsyncGenerator<Buffer> {
    const { object, sha256 } = reference;
    const hash = createHash('sha256');
    yield* hashed(this.#opened(reference), hash);
    const found = hash.digest('hex');
    if (found === sha256) return;
    throw new SovfnError('event-corrupted', `the body ${object} has the hash ${found}; ${sha256} was accepted`, {
      hint: 'Find out who wrote to the bucket of events, and send the event again.',
    });
  }

  #opened({ object, isSealed }: BodyReference): AsyncIterable<Buffer> {
    const stored = this.#store.getStream(this.#bucket, object, { timeoutMs: CALL_MS });
    const of = eventOfBody(object);
    return isSealed && of !== null ? openStream(this.#keys, placeOf(of.to, of.event), stored) : stored;
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

function placeOf({ tenant, function: name }: FunctionAddress, event: string): SealedPlace {
  return { tenant, purpose: 'events', function: name, name: `body/${event}` };
}

/** The same pieces, which must be so many bytes in all: how long a sealed stream is follows from it. Throws `size-mismatch`. */
async function* sized(source: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let given = 0;
  for await (const piece of source) {
    given += piece.length;
    if (given > bytes) throw sizeMismatch(bytes, `more than ${bytes}`);
    yield piece;
  }
  if (given !== bytes) throw sizeMismatch(bytes, String(given));
}

function sizeMismatch(bytes: number, given: string): SovfnError {
  return new SovfnError('size-mismatch', `a body of ${bytes} bytes was declared, but its source gave ${given}`, {
    hint: 'Declare the true size, or send the whole body.',
    facts: { declaredBytes: bytes },
  });
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
