import type { NatsConnection } from '@nats-io/transport-node';
import { type EnrolmentState, ENROLMENTS_BUCKET, enrolmentStateSchema } from '@sovfn/protocol';
import { WatchedBucket } from './watched-bucket.ts';

/** Nodes that were admitted from other hosts, in memory. For gateways: no node can read it. */
export class Enrolments {
  readonly #bucket: WatchedBucket<EnrolmentState>;

  static async open(connection: NatsConnection, onInvalid: (key: string, reason: string) => void): Promise<Enrolments> {
    const schema = enrolmentStateSchema;
    return new Enrolments(await WatchedBucket.open({ connection, bucket: ENROLMENTS_BUCKET, schema, onInvalid }));
  }

  private constructor(bucket: WatchedBucket<EnrolmentState>) {
    this.#bucket = bucket;
  }

  /** Null for a node that runs with its platform, such as that of `sovfn up`. */
  get(node: string): EnrolmentState | null {
    return this.#bucket.get(node);
  }

  isRemoved(node: string): boolean {
    return this.get(node)?.state === 'removed';
  }

  async put(state: EnrolmentState): Promise<void> {
    await this.#bucket.kv.put(state.node, JSON.stringify(enrolmentStateSchema.parse(state)));
  }

  /** Called with the name of each node that is removed from now on. Returns the function that ends it. */
  onRemoved(listener: (node: string) => void): () => void {
    return this.#bucket.onChange((node, state) => {
      if (state?.state === 'removed') listener(node);
    });
  }

  close(): void {
    this.#bucket.close();
  }
}
