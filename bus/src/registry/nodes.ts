import { jetstream } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { isDeepStrictEqual } from 'node:util';
import {
  assertLabelsOf,
  assertLabelsSigned,
  assertZonesSatisfied,
  NODE_HEARTBEAT_MS,
  NODE_RECORD_TTL_MS,
  type NodeRecord,
  nodeRecordSchema,
  NODES_BUCKET,
  type SignedLabels,
} from '@sovfn/protocol';
import type { z } from 'zod';
import { WatchedBucket } from './watched-bucket.ts';

/**
 * The nodes that have announced themselves lately. Only those are believed whose labels this platform has signed for their
 * name, whose zones the labels satisfy, which have not expired, and which have not been taken back.
 */
export class NodeRegistry {
  readonly #bucket: WatchedBucket<NodeRecord>;
  readonly #isRemoved: (name: string) => boolean;

  static async open(
    connection: NatsConnection,
    platformPublicKey: string,
    onInvalid: (key: string, reason: string) => void,
    isRemoved: (name: string) => boolean = () => false,
  ): Promise<NodeRegistry> {
    const schema = believedRecordSchema(platformPublicKey);
    const bucket = await WatchedBucket.open({ connection, bucket: NODES_BUCKET, schema, onInvalid });
    return new NodeRegistry(bucket, isRemoved);
  }

  private constructor(bucket: WatchedBucket<NodeRecord>, isRemoved: (name: string) => boolean) {
    this.#bucket = bucket;
    this.#isRemoved = isRemoved;
  }

  /** Nodes heard of within NODE_RECORD_TTL_MS. */
  all(now = Date.now()): NodeRecord[] {
    const nodes = [...this.#bucket.entries()].filter(([key, { name }]) => key === name).map(([, record]) => record);
    return nodes.filter(
      ({ name, seenAt, labels }) =>
        !this.#isRemoved(name) &&
        now - Date.parse(seenAt) < NODE_RECORD_TTL_MS &&
        now < Date.parse(labels.labels.expiresAt),
    );
  }

  /** Of the live nodes that may run functions of the zone and take calls: how many there are in each country. */
  countriesIn(zone: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { zones, isDraining, labels } of this.all()) {
      const { country } = labels.labels;
      if (zones.includes(zone) && !isDraining) counts.set(country, (counts.get(country) ?? 0) + 1);
    }
    return counts;
  }

  /** Called with a node's name after each of its announcements. Returns the function that ends it. */
  onChange(listener: (name: string) => void): () => void {
    return this.#bucket.onChange(listener);
  }

  /**
   * Called with the name of each node that has fallen silent, not of one that withdrew: that one finishes its calls.
   * Returns the function that ends it.
   */
  onSilent(listener: (name: string) => void): () => void {
    let live = this.#liveNames();
    const timer = setInterval(() => {
      const before = live;
      live = this.#liveNames();
      for (const [name] of this.#bucket.entries()) if (before.has(name) && !live.has(name)) listener(name);
    }, NODE_HEARTBEAT_MS);
    return () => clearInterval(timer);
  }

  #liveNames(): ReadonlySet<string> {
    return new Set(this.all().map(({ name }) => name));
  }

  close(): void {
    this.#bucket.close();
  }
}

/** A node says the same every few seconds: signatures that were good are not computed again. */
function believedRecordSchema(platformPublicKey: string): z.ZodType<NodeRecord> {
  const verified = new Map<string, SignedLabels>();
  return nodeRecordSchema.superRefine(({ name, zones, labels: signed }, context) => {
    try {
      const { signature, labels } = signed;
      const isKnown = verified.get(name)?.signature === signature && isDeepStrictEqual(verified.get(name), signed);
      if (!isKnown) assertLabelsSigned(signed, platformPublicKey);
      assertLabelsOf(signed, { role: 'node', name, publicKey: labels.publicKey });
      assertZonesSatisfied(labels, zones);
      verified.set(name, signed);
    } catch (error) {
      context.addIssue({ code: 'custom', path: ['labels'], message: (error as Error).message });
    }
  });
}

/** Removes a node's record, as one that stops does: it is not counted on any more. Throws like `announceNode`. */
export async function withdrawNode(connection: NatsConnection, name: string): Promise<void> {
  const marker = headers();
  marker.set('KV-Operation', 'DEL');
  await jetstream(connection).publish(`$KV.${NODES_BUCKET}.${name}`, '', { headers: marker });
}

/** Writes a node's record. A node may write its own and read nothing. Throws when the bus does not acknowledge it. */
export async function announceNode(connection: NatsConnection, record: NodeRecord): Promise<void> {
  await jetstream(connection).publish(
    `$KV.${NODES_BUCKET}.${record.name}`,
    JSON.stringify(nodeRecordSchema.parse(record)),
  );
}
