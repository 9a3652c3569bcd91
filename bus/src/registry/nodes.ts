import { jetstream } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import {
  NODE_HEARTBEAT_MS,
  NODE_RECORD_TTL_MS,
  type NodeRecord,
  nodeRecordSchema,
  NODES_BUCKET,
} from '@sovfn/protocol';
import { WatchedBucket } from './watched-bucket.ts';

/** The nodes that have announced themselves lately. */
export class NodeRegistry {
  readonly #bucket: WatchedBucket<NodeRecord>;

  static async open(
    connection: NatsConnection,
    onInvalid: (key: string, reason: string) => void,
  ): Promise<NodeRegistry> {
    return new NodeRegistry(
      await WatchedBucket.open({ connection, bucket: NODES_BUCKET, schema: nodeRecordSchema, onInvalid }),
    );
  }

  private constructor(bucket: WatchedBucket<NodeRecord>) {
    this.#bucket = bucket;
  }

  /** Nodes heard of within NODE_RECORD_TTL_MS. */
  all(now = Date.now()): NodeRecord[] {
    const nodes = [...this.#bucket.entries()].map(([, record]) => record);
    return nodes.filter((record) => now - Date.parse(record.seenAt) < NODE_RECORD_TTL_MS);
  }

  /** Is there a live node that may run functions of the zone? */
  hasNodeInZone(zone: string): boolean {
    return this.all().some((record) => record.zones.includes(zone));
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
