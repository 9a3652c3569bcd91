/**
 * Carries out the operations of `kv` bindings on NATS KV: one bucket for each zone, in which every binding has its own
 * keys. A write is acknowledged when it is stored; a read sees every write that was acknowledged before it began on a
 * single server, and may lag behind by moments in a cluster.
 */
import { jetstream, type JetStreamClient, JetStreamApiError } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { StorageRoom } from '@sovfn/bus';
import { isSealed, open, seal } from '@sovfn/bus/encryption';
import { decodeKvKey, encodeKvKey, kvBucket, kvPrefix, type SealedPlace } from '@sovfn/protocol';
import { z } from 'zod';
import type { KvAnswer, KvHead, KvListAnswer } from '../../bridge/asks.ts';
import { AskError, type BrokerAnswer } from '../../asks/ask.ts';
import type { NodeKeys } from '../keys/node-keys.ts';
import {
  assertStorage,
  type BusBindingOptions,
  collectBody,
  grantedBinding,
  parseHead,
  refusedByBus,
  withKeys,
} from './granted.ts';
import type { BindingHandler, GrantedAsk } from './grants.ts';

/** Largest value. Bytes; it travels in one message. */
const VALUE_BYTES = 512 * 1024;
const MOST_KEYS = 1_000;
/** Keys that one binding may have for `list` to work; they are sorted in memory. */
const MOST_LISTED = 100_000;
/** Least life of a value, and the most. Seconds. */
const LEAST_TTL = 1;
const MOST_TTL = 10 * 365 * 24 * 3_600;
const WRONG_LAST_SEQUENCE = 10071;

const name = { binding: z.string().max(128), key: z.string().max(512) };
const revision = z.int().min(0).nullable();
const headSchema: z.ZodType<KvHead> = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('get'), ...name }),
  z.strictObject({
    op: z.literal('put'),
    ...name,
    expirationTtl: z.int().min(LEAST_TTL).max(MOST_TTL).nullable(),
    ifRevision: revision,
  }),
  z.strictObject({ op: z.literal('delete'), ...name, ifRevision: revision }),
  z.strictObject({
    op: z.literal('list'),
    binding: name.binding,
    prefix: name.key,
    limit: z.int().min(1).max(MOST_KEYS),
    cursor: z.string().max(512).nullable(),
  }),
]);

export function makeKvHandler(options: BusBindingOptions): BindingHandler {
  const kv = new KvBindings(options);
  return async (ask) => kv.carryOut(ask);
}

class KvBindings {
  readonly #connection: NatsConnection;
  readonly #keys: NodeKeys;
  readonly #storageRoom: StorageRoom;
  readonly #jetstream: JetStreamClient;
  readonly #buckets = new Map<string, Promise<KV>>();

  constructor({ connection, keys, storageRoom }: BusBindingOptions) {
    this.#connection = connection;
    this.#keys = keys;
    this.#storageRoom = storageRoom;
    this.#jetstream = jetstream(connection);
  }

  async carryOut(ask: GrantedAsk): Promise<BrokerAnswer> {
    const head = parseHead(headSchema, ask);
    grantedBinding(ask, head.binding, 'kv');
    const bucket = await this.#bucket(ask.from.zone);
    const prefix = kvPrefix(ask.from, head.binding);
    if (head.op === 'list') return { head: await listKeys(bucket, prefix, { ...head, hold: ask.hold }), body: null };
    const key = prefix + encodedKey(head.key);
    switch (head.op) {
      case 'get':
        return this.#read(ask, bucket, key);
      case 'put':
        return { head: await this.#put(ask, key, head), body: null };
      case 'delete':
        return { head: await remove(bucket, key, head.ifRevision), body: null };
    }
  }

  /** The library's own `put` knows no life time. */
  async #put(ask: GrantedAsk, key: string, head: Extract<KvHead, { op: 'put' }>): Promise<KvAnswer> {
    const plain = await collectBody(ask, VALUE_BYTES, `The value of "${head.key}"`);
    assertStorage(this.#storageRoom, ask, plain.length);
    const value = await withKeys(() => seal(this.#keys.inZone(ask.from.zone), placeOf(ask, key), plain));
    const ttl = head.expirationTtl === null ? {} : { ttl: `${head.expirationTtl}s` };
    const expect = head.ifRevision === null ? {} : { expect: { lastSubjectSequence: head.ifRevision } };
    const subject = `$KV.${kvBucket(ask.from.zone)}.${key}`;
    const answer = await conditional(
      async () => (await this.#jetstream.publish(subject, value, { ...ttl, ...expect })).seq,
    );
    if (answer.revision !== null) this.#storageRoom.noteWritten(ask.from.tenant, value.length);
    return answer;
  }

  async #read(ask: GrantedAsk, bucket: KV, key: string): Promise<BrokerAnswer> {
    const entry = await bucket.get(key);
    if (entry === null || entry.operation !== 'PUT') return { head: { revision: null } satisfies KvAnswer, body: null };
    const stored = Buffer.from(entry.value.buffer, entry.value.byteOffset, entry.value.byteLength);
    const keys = this.#keys.inZone(ask.from.zone);
    // What was stored before values were encrypted is read as it is.
    const body = isSealed(stored) ? await withKeys(() => open(keys, placeOf(ask, key), stored)) : stored;
    return { head: { revision: entry.revision } satisfies KvAnswer, body };
  }

  #bucket(zone: string): Promise<KV> {
    const known = this.#buckets.get(zone);
    if (known !== undefined) return known;
    const opening = new Kvm(this.#connection).open(kvBucket(zone), { allow_direct: true });
    this.#buckets.set(zone, opening);
    // The next ask tries again.
    opening.catch(() => this.#buckets.delete(zone));
    return opening;
  }
}

function placeOf({ from: { tenant, function: owner } }: GrantedAsk, entry: string): SealedPlace {
  return { tenant, purpose: 'kv', function: owner, name: entry };
}

async function remove(bucket: KV, key: string, ifRevision: number | null): Promise<KvAnswer> {
  return conditional(async () => {
    await bucket.delete(key, ifRevision === null ? {} : { previousSeq: ifRevision });
    return 0;
  });
}

async function listKeys(
  bucket: KV,
  prefix: string,
  head: Extract<KvHead, { op: 'list' }> & Pick<GrantedAsk, 'hold'>,
): Promise<KvListAnswer> {
  const found: string[] = [];
  for await (const key of await bucket.keys(`${prefix}>`)) {
    const decoded = decodeKvKey(key.slice(prefix.length));
    if (!decoded.startsWith(head.prefix)) continue;
    head.hold(decoded.length);
    found.push(decoded);
    if (found.length > MOST_LISTED) {
      throw new AskError('RangeError', `The binding has more than ${MOST_LISTED} keys; list cannot sort them.`);
    }
  }
  const { cursor, limit } = head;
  const rest = found.toSorted(compare).filter((key) => cursor === null || key > cursor);
  const keys = rest.slice(0, limit);
  return { keys, cursor: rest.length > limit ? keys.at(-1)! : null };
}

/** Null when the expected revision did not fit. */
async function conditional(write: () => Promise<number>): Promise<KvAnswer> {
  try {
    return { revision: await write() };
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) return { revision: null };
    throw refusedByBus(error, 'The value');
  }
}

function encodedKey(key: string): string {
  const encoded = encodeKvKey(key);
  if (encoded !== null) return encoded;
  throw new AskError('TypeError', 'A key must have 1 to 512 bytes, and no lone surrogate.');
}

/** By code units, as JavaScript compares strings: the cursor is compared in the same way. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
