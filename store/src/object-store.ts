import { SovfnError } from '@sovfn/protocol';
import { download, downloadStream, type ReadStreamOptions } from './download.ts';
import { listObjects, type Listing, type ListOptions } from './listing.ts';
import { assertObjectName, objectHeaders } from './names.ts';
import { StoreConnection, type StoreOptions } from './store-connection.ts';
import { s3Code } from './store-errors.ts';
import { type StreamedPutOptions, uploadStream } from './upload.ts';

export interface PutOptions {
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Store only then. Of several writers at once that give the same condition, exactly one stores. */
  readonly onlyIf?: Condition;
  /** Milliseconds; default 10,000. */
  readonly timeoutMs?: number;
}

/** On the object that is there now. ETags without quotes. */
export interface Condition {
  /** It is this one; `*`: there is one. */
  readonly etagMatches?: string | null;
  /** It is not this one; `*`: there is none. */
  readonly etagDoesNotMatch?: string | null;
}

export interface ObjectFacts {
  readonly bytes: number;
  /** Of its content; without quotes. */
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly contentType: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

const CALL_MS = 10_000;
const REMOVE_BATCH = 1_000;
/** What S3 lists at once. */
const LIST_PAGE = 1_000;

/** Opens no connection yet: a store that is down is met by the first call. */
export function openStore(options: StoreOptions): ObjectStore {
  return new ObjectStore(new StoreConnection(options));
}

/**
 * An S3 object store. Every call ends within its time limit. Errors: `store-unavailable` (no usable answer: repeat
 * later), `store-refused` (the server said no), `not-found`, `bad-request` (a name or header that S3 cannot carry).
 */
export class ObjectStore {
  readonly #connection: StoreConnection;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  /** Throws why the store cannot be used now: `store-unavailable`, or `store-refused` for wrong keys. */
  async assertReady(): Promise<void> {
    await this.#connection.run('reach the store', CALL_MS, (client) => client.listBuckets());
  }

  async ensureBucket(bucket: string): Promise<void> {
    await this.#connection.run(`create the bucket "${bucket}"`, CALL_MS, async (client) => {
      if (await client.bucketExists(bucket)) return;
      try {
        await client.makeBucket(bucket);
      } catch (error) {
        if (s3Code(error) !== 'BucketAlreadyOwnedByYou') throw error;
      }
    });
  }

  /** Stores the bytes whole. `unmet`: the condition does not hold; nothing was changed. */
  async put(bucket: string, name: string, bytes: Buffer, options: PutOptions = {}): Promise<'stored' | 'unmet'> {
    assertObjectName(name);
    const headers = { ...objectHeaders(options.contentType, options.metadata), ...conditionHeaders(options.onlyIf) };
    const mustExist = (options.onlyIf?.etagMatches ?? null) !== null;
    return this.#connection.run(`store "${bucket}/${name}"`, options.timeoutMs ?? CALL_MS, async (client) => {
      try {
        await client.putObject(bucket, name, bytes, bytes.length, headers);
        return 'stored';
      } catch (error) {
        if (s3Code(error) === 'PreconditionFailed') return 'unmet';
        if (mustExist && s3Code(error) === 'NoSuchKey') return 'unmet';
        throw error;
      }
    });
  }

  /**
   * Stores exactly `size` bytes of the source, or nothing; needs 5 MiB of memory whatever the size. Throws
   * `size-mismatch` when the source gives another number of bytes, or what the source threw.
   */
  async putStream(
    bucket: string,
    name: string,
    size: number,
    source: AsyncIterable<Uint8Array>,
    options: StreamedPutOptions = {},
  ): Promise<void> {
    assertObjectName(name);
    await uploadStream(this.#connection, { ...options, bucket, name, size, source });
  }

  /** Throws `object-too-large` above `maxBytes`. `timeoutMs` bounds the whole read; default 10,000. */
  async get(
    bucket: string,
    name: string,
    options: { readonly maxBytes: number; readonly timeoutMs?: number },
  ): Promise<Buffer> {
    assertObjectName(name);
    return download(this.#connection, { bucket, name }, { timeoutMs: CALL_MS, ...options });
  }

  /** Reads the object piece by piece; the first piece is asked for when the caller does. */
  getStream(bucket: string, name: string, options: ReadStreamOptions): AsyncGenerator<Buffer> {
    assertObjectName(name);
    return downloadStream(this.#connection, { bucket, name }, options);
  }

  /** Null when there is no such object. */
  async head(bucket: string, name: string): Promise<ObjectFacts | null> {
    assertObjectName(name);
    return this.#connection.run(`look at "${bucket}/${name}"`, CALL_MS, async (client) => {
      try {
        const found = await client.statObject(bucket, name);
        const { 'content-type': contentType = null, ...metadata } = found.metaData as Record<string, string>;
        const { size: bytes, etag } = found;
        return { bytes, etag: etag.replaceAll('"', ''), modifiedAt: found.lastModified, contentType, metadata };
      } catch (error) {
        if (s3Code(error) === 'NotFound') return null;
        throw error;
      }
    });
  }

  /** Entries under the prefix in byte order of their names. */
  async list(bucket: string, prefix: string, options: ListOptions): Promise<Listing> {
    return listObjects(this.#connection, { bucket, prefix }, options);
  }

  /** Also succeeds when there is no such object. */
  async remove(bucket: string, name: string): Promise<void> {
    assertObjectName(name);
    await this.#connection.run(`remove "${bucket}/${name}"`, CALL_MS, (client) => client.removeObject(bucket, name));
  }

  /** Objects whose names begin with the prefix, and their bytes. Lists them all. */
  async measurePrefix(bucket: string, prefix: string): Promise<{ readonly objects: number; readonly bytes: number }> {
    let count = 0;
    let bytes = 0;
    for (let startAfter = ''; ;) {
      const after = startAfter === '' ? {} : { startAfter };
      const { objects, isTruncated } = await this.list(bucket, prefix, { limit: LIST_PAGE, ...after });
      count += objects.length;
      bytes += objects.reduce((sum, object) => sum + object.bytes, 0);
      if (!isTruncated) return { objects: count, bytes };
      startAfter = objects.at(-1)!.name;
    }
  }

  /** Removes every object whose name begins with the prefix and returns how many. An empty prefix is refused. */
  async removePrefix(bucket: string, prefix: string): Promise<number> {
    if (prefix === '') throw new SovfnError('bad-request', `removing everything in "${bucket}" needs a prefix`);
    let removed = 0;
    for (;;) {
      const { objects, isTruncated } = await this.list(bucket, prefix, { limit: REMOVE_BATCH });
      if (objects.length > 0)
        await this.#removeAll(
          bucket,
          objects.map((object) => object.name),
        );
      removed += objects.length;
      if (!isTruncated) return removed;
    }
  }

  /** Closes the idle connections; calls under way end in `store-unavailable`. */
  close(): void {
    this.#connection.close();
  }

  async #removeAll(bucket: string, names: string[]): Promise<void> {
    const refused = await this.#connection.run(`remove objects of "${bucket}"`, CALL_MS, (client) =>
      client.removeObjects(bucket, names),
    );
    if (refused.length === 0) return;
    const message = `${refused.length} of ${names.length} objects of "${bucket}" could not be removed`;
    throw new SovfnError('store-refused', message, { facts: { first: JSON.stringify(refused[0]) } });
  }
}

function conditionHeaders({ etagMatches = null, etagDoesNotMatch = null }: Condition = {}): Record<string, string> {
  return {
    ...(etagMatches !== null && { 'if-match': quoted(etagMatches) }),
    ...(etagDoesNotMatch !== null && { 'if-none-match': quoted(etagDoesNotMatch) }),
  };
}

function quoted(etag: string): string {
  return etag === '*' ? etag : `"${etag}"`;
}
