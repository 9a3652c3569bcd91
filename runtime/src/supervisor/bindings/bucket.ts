/**
 * Carries out `bucket` bindings on the object store: each binding sees the objects under a prefix of its own, by names
 * that cannot leave it. A streamed write becomes visible whole or not at all.
 */
import { storeOutsideOf, type StorePlace } from '@sovfn/protocol';
import type { StorageRoom } from '@sovfn/bus';
import type { ObjectStore } from '@sovfn/store';
import { z } from 'zod';
import type {
  BucketAnswer,
  BucketCondition,
  BucketHead,
  BucketListAnswer,
  BucketObjectFacts,
} from '../../bridge/asks.ts';
import { AskError, type BrokerAnswer } from '../../asks/ask.ts';
import { assertStorage, collectBody, grantedBinding, parseHead } from './granted.ts';
import type { BindingHandler, GrantedAsk } from './grants.ts';

export interface BucketPlace {
  readonly store: ObjectStore;
  /** Bucket of all tenants' objects. */
  readonly bucket: string;
  /** Where the store is. */
  readonly place: StorePlace;
}

/** A body of unknown size is held in memory up to this. Bytes. */
const UNSIZED_BYTES = 8 * 1024 * 1024;
/** Largest object. Bytes: 5 GiB. */
const OBJECT_BYTES = 5 * 1024 ** 3;
const MOST_LISTED = 1_000;
/** Longest silence of the store in the middle of an object. */
const READ_IDLE_MS = 30_000;

const binding = z.string().max(128);
const key = z.string().min(1).max(768);
const etag = z
  .string()
  .regex(/^[\x21\x23-\x7e]{1,128}$/)
  .nullable();
const onlyIf = z.strictObject({ etagMatches: etag, etagDoesNotMatch: etag });
const headSchema: z.ZodType<BucketHead> = z.discriminatedUnion('op', [
  z.strictObject({ op: z.enum(['head', 'delete']), binding, key }),
  z.strictObject({ op: z.literal('get'), binding, key, onlyIf }),
  z.strictObject({
    op: z.literal('put'),
    binding,
    key,
    size: z.int().min(0).max(OBJECT_BYTES).nullable(),
    contentType: z.string().max(256).nullable(),
    metadata: z.record(z.string(), z.string()),
    onlyIf,
  }),
  z.strictObject({
    op: z.literal('list'),
    binding,
    prefix: z.string().max(768),
    limit: z.int().min(1).max(MOST_LISTED),
    cursor: z.string().max(768).nullable(),
  }),
]);

type PutHead = Extract<BucketHead, { op: 'put' }>;

/** `place` null: the node's configuration names no bucket. */
export function makeBucketHandler(place: BucketPlace | null, room: StorageRoom): BindingHandler {
  return async (ask) => {
    const head = parseHead(headSchema, ask);
    grantedBinding(ask, head.binding, 'bucket');
    if (place === null)
      throw new AskError('Error', 'This node has no bucket for functions: its operator must set store.data.');
    const outside = storeOutsideOf(ask.from.zone, place.place);
    if (outside !== null) throw new AskError('Error', `${outside}: no bucket there can be used.`);
    const prefix = `${ask.from.tenant}/${ask.from.function}/bucket/${head.binding}/`;
    switch (head.op) {
      case 'get':
        return get(place, prefix, head);
      case 'head':
        return { head: answerOf(await factsOf(place, prefix, head.key)), body: null };
      case 'delete':
        await place.store.remove(place.bucket, prefix + head.key);
        return { head: answerOf(null), body: null };
      case 'put':
        return { head: await put({ ...place, room }, prefix, head, ask), body: null };
      case 'list':
        return { head: await list(place, prefix, head), body: null };
    }
  };
}

/** An object that is replaced between the two requests gives the facts of the one and the bytes of the other. */
async function get(
  place: BucketPlace,
  prefix: string,
  { key: name, onlyIf }: Extract<BucketHead, { op: 'get' }>,
): Promise<BrokerAnswer> {
  const facts = await factsOf(place, prefix, name);
  if (facts === null) return { head: answerOf(null), body: null };
  if (!holds(onlyIf, facts.etag)) return { head: { object: facts, isMet: false }, body: null };
  const body = place.store.getStream(place.bucket, prefix + name, { timeoutMs: READ_IDLE_MS });
  return { head: answerOf(facts), body: facts.size === 0 ? new Uint8Array() : body };
}

async function factsOf(
  { store, bucket }: BucketPlace,
  prefix: string,
  name: string,
): Promise<BucketObjectFacts | null> {
  const found = await store.head(bucket, prefix + name);
  if (found === null) return null;
  const { bytes: size, etag, modifiedAt, contentType, metadata } = found;
  return { key: name, size, etag, modifiedAt: modifiedAt.getTime(), contentType, metadata };
}

async function put(
  { store, bucket, room }: BucketPlace & { readonly room: StorageRoom },
  prefix: string,
  head: PutHead,
  ask: GrantedAsk,
): Promise<BucketAnswer> {
  const { size, contentType, metadata, onlyIf } = head;
  const options = { metadata, ...(contentType === null ? {} : { contentType }) };
  const name = prefix + head.key;
  const { body } = ask;
  assertStorage(room, ask, size ?? 0);
  if (size !== null && size > UNSIZED_BYTES && body !== null && !(body instanceof Uint8Array)) {
    if (onlyIf.etagMatches !== null || onlyIf.etagDoesNotMatch !== null)
      throw new AskError('TypeError', `An object of more than ${UNSIZED_BYTES} bytes cannot be stored with onlyIf.`);
    await store.putStream(bucket, name, size, body, options);
    room.noteWritten(ask.from.tenant, size);
    return { object: null, isMet: true };
  }
  const bytes = await collectBody(ask, UNSIZED_BYTES, `"${head.key}" comes as a stream without a size, and`);
  if (size !== null && bytes.length !== size) {
    throw new AskError('TypeError', `"${head.key}" has ${bytes.length} bytes; its size was given as ${size}.`);
  }
  if (size === null) assertStorage(room, ask, bytes.length);
  const result = await store.put(bucket, name, bytes, { ...options, onlyIf });
  if (result === 'stored') room.noteWritten(ask.from.tenant, bytes.length);
  return { object: null, isMet: result === 'stored' };
}

async function list(
  { store, bucket }: BucketPlace,
  prefix: string,
  head: Extract<BucketHead, { op: 'list' }>,
): Promise<BucketListAnswer> {
  const after = head.cursor === null ? {} : { startAfter: prefix + head.cursor };
  const found = await store.list(bucket, prefix + head.prefix, { limit: head.limit, ...after });
  const objects = found.objects.map(({ name, bytes, modifiedAt }) => {
    return { key: name.slice(prefix.length), size: bytes, modifiedAt: modifiedAt.getTime() };
  });
  return { objects, cursor: found.isTruncated ? (objects.at(-1)?.key ?? null) : null };
}

function answerOf(object: BucketObjectFacts | null): BucketAnswer {
  return { object, isMet: true };
}

function holds({ etagMatches, etagDoesNotMatch }: BucketCondition, etag: string): boolean {
  const fits = (wanted: string): boolean => wanted === '*' || wanted === etag;
  return (etagMatches === null || fits(etagMatches)) && (etagDoesNotMatch === null || !fits(etagDoesNotMatch));
}
