import { type KV, Kvm, type KvWatchEntry } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { SovfnError } from '@sovfn/protocol';
import type { z } from 'zod';

/**
 * A KV bucket kept in memory: reads are map look-ups, changes arrive by a watch that survives reconnections.
 * Values come from the bus: one that does not have the agreed form is reported and treated as absent.
 */
export interface WatchedBucketOptions<T> {
  readonly connection: NatsConnection;
  readonly bucket: string;
  readonly schema: z.ZodType<T>;
  readonly onInvalid: (key: string, reason: string) => void;
}

export type OnChange<T> = (key: string, value: T | null) => void;

const OPEN_MS = 10_000;
/** The watch of a healthy bus shows a change within milliseconds. */
const SEEN_MS = 5_000;

export class WatchedBucket<T> {
  readonly kv: KV;
  readonly #options: WatchedBucketOptions<T>;
  readonly #values = new Map<string, T>();
  /** Of every key that was ever seen, deleted ones included. */
  readonly #revisions = new Map<string, number>();
  readonly #listeners = new Set<OnChange<T>>();
  #stopWatch: () => void = () => undefined;

  /** Resolves when everything that the bucket holds now has been read. */
  static async open<T>(options: WatchedBucketOptions<T>): Promise<WatchedBucket<T>> {
    const kv = await new Kvm(options.connection).open(options.bucket);
    const watched = new WatchedBucket(kv, options);
    await watched.#watch();
    return watched;
  }

  private constructor(kv: KV, options: WatchedBucketOptions<T>) {
    this.kv = kv;
    this.#options = options;
  }

  get(key: string): T | null {
    return this.#values.get(key) ?? null;
  }

  /** Of the last change of a key that was seen; 0: none was. */
  revision(key: string): number {
    return this.#revisions.get(key) ?? 0;
  }

  entries(): IterableIterator<[string, T]> {
    return this.#values.entries();
  }

  get size(): number {
    return this.#values.size;
  }

  /** Called after each change, with null when the key is gone. Returns the function that ends it. */
  onChange(listener: OnChange<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * To be awaited by whoever wrote: resolves when the watch has shown that revision of the key, or a later one, so that what
   * is read here from then on knows of it. Throws `bus-unavailable` when the watch does not show it within 5 s.
   */
  async untilSeen(key: string, revision: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const isSeen = (): boolean => this.revision(key) >= revision;
    const stopListening = this.onChange(() => {
      if (isSeen()) resolve();
    });
    const timer = setTimeout(() => reject(notSeen(this.#options.bucket, key)), SEEN_MS);
    try {
      if (!isSeen()) await promise;
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }

  close(): void {
    this.#stopWatch();
  }

  async #watch(): Promise<void> {
    const info = await this.kv.status();
    const watch = await this.kv.watch({ include: '' });
    this.#stopWatch = () => watch.stop();
    let missing = info.values;
    const caughtUp = Promise.withResolvers<void>();
    const timer = setTimeout(
      () =>
        caughtUp.reject(
          new SovfnError('bus-unavailable', `bucket "${this.#options.bucket}" was not read within ${OPEN_MS} ms`),
        ),
      OPEN_MS,
    );
    if (missing === 0) caughtUp.resolve();
    void (async () => {
      for await (const entry of watch) {
        this.#take(entry);
        if (--missing === 0 || entry.delta === 0) caughtUp.resolve();
      }
    })();
    try {
      await caughtUp.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #take(entry: KvWatchEntry): void {
    const value = entry.operation === 'PUT' ? this.#parse(entry) : null;
    this.#revisions.set(entry.key, entry.revision);
    if (value === null) this.#values.delete(entry.key);
    else this.#values.set(entry.key, value);
    for (const listener of this.#listeners) listener(entry.key, value);
  }

  #parse(entry: KvWatchEntry): T | null {
    try {
      return this.#options.schema.parse(entry.json());
    } catch (error) {
      this.#options.onInvalid(entry.key, String(error));
      return null;
    }
  }
}

function notSeen(bucket: string, key: string): SovfnError {
  return new SovfnError('bus-unavailable', `"${key}" is stored in "${bucket}", but was not seen within ${SEEN_MS} ms`, {
    hint: 'It takes effect when this process hears from NATS again: see `sovfn status`.',
  });
}
