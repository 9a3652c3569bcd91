/** Outputs in the object store: the only file that knows where they lie there. */
import {
  isSovfnError,
  type OutputMeta,
  outputBodyObject,
  outputMetaObject,
  outputMetaSchema,
  attemptPrefix,
  outputPrefix,
  outputPrefixOf,
  SovfnError,
} from '@sovfn/protocol';
import { isHeaderValue, type ObjectStore, type PutOptions } from '@sovfn/store';
import type { StoredFolder } from './newest-stored.ts';
import type { FunctionName, OutputAddress } from './output-address.ts';
import { storedFacts } from './sealed-output.ts';

/** Far above what the limits on response headers allow. */
const META_BYTES = 1024 * 1024;
const READ_MS = 10_000;
/** Folders of one event that are looked at. */
const MOST_ATTEMPTS = 200;
const CONTENT_TYPE_CHARACTERS = 255;

export class StoredOutputs {
  readonly #store: ObjectStore;
  readonly #bucket: string;

  constructor(store: ObjectStore, bucket: string) {
    this.#store = store;
    this.#bucket = bucket;
  }

  /** Where the outputs of a function begin. */
  folder(of: FunctionName): StoredFolder {
    return { store: this.#store, bucket: this.#bucket, prefix: `${of.tenant}/${of.function}/` };
  }

  /** Stores a body that is in memory, then its metadata. `timeoutMs` bounds each of the two writes. */
  async write(meta: OutputMeta, body: Buffer, timeoutMs: number): Promise<void> {
    await this.#withBucket(async () => {
      const options = { ...bodyOptions(meta), timeoutMs };
      await this.#store.put(this.#bucket, outputBodyObject(outputPrefixOf(meta)), body, options);
    });
    await this.#writeMeta(meta, timeoutMs);
  }

  /** Stores the body, then its metadata. `open` is called again when the bucket had to be made. */
  async writeStream(meta: OutputMeta, open: () => AsyncIterable<Buffer>, timeoutMs: number): Promise<void> {
    await this.#withBucket(async () =>
      this.#store.putStream(
        this.#bucket,
        outputBodyObject(outputPrefixOf(meta)),
        storedFacts(meta).bytes,
        open(),
        bodyOptions(meta),
      ),
    );
    await this.#writeMeta(meta, timeoutMs);
  }

  /**
   * The output of a call, or that of an event's newest attempt. Null when there is none. Throws `output-corrupted` when
   * what is stored does not describe it.
   */
  async readMeta(address: OutputAddress): Promise<OutputMeta | null> {
    const prefix = outputPrefix(address.tenant, address.function, address.invocation);
    const ofCall = await this.#readMetaIn(prefix, address);
    if (ofCall !== null) return ofCall;
    for (const attempt of await this.#attemptsNewestFirst(prefix)) {
      const ofAttempt = await this.#readMetaIn(attemptPrefix(prefix, attempt), address);
      if (ofAttempt !== null) return ofAttempt;
    }
    return null;
  }

  /** Is this very output stored, whole? */
  async has(meta: OutputMeta): Promise<boolean> {
    const found = await this.#readMetaIn(outputPrefixOf(meta), meta);
    return found !== null && storedFacts(found).sha256 === storedFacts(meta).sha256;
  }

  /** As it is stored. Throws `output-corrupted` when the body is gone. */
  async *readBody(meta: OutputMeta, offset = 0): AsyncGenerator<Buffer> {
    const name = outputBodyObject(outputPrefixOf(meta));
    try {
      const range = offset === 0 ? {} : { range: { offset } };
      yield* this.#store.getStream(this.#bucket, name, { timeoutMs: READ_MS, ...range });
    } catch (cause) {
      if (!isAbsent(cause)) throw cause;
      throw new SovfnError('output-corrupted', `the body of output ${meta.invocation} is missing`, { cause });
    }
  }

  async #writeMeta(meta: OutputMeta, timeoutMs: number): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(meta));
    const options: PutOptions = { contentType: 'application/json', timeoutMs };
    await this.#store.put(this.#bucket, outputMetaObject(outputPrefixOf(meta)), bytes, options);
  }

  async #readMetaIn(prefix: string, address: OutputAddress): Promise<OutputMeta | null> {
    const name = outputMetaObject(prefix);
    const bytes = await absentAsNull(this.#store.get(this.#bucket, name, { maxBytes: META_BYTES, timeoutMs: READ_MS }));
    return bytes === null ? null : parseMeta(bytes, address, name);
  }

  async #attemptsNewestFirst(prefix: string): Promise<number[]> {
    const page = await absentAsNull(this.#store.list(this.#bucket, prefix, { limit: MOST_ATTEMPTS, delimiter: '/' }));
    const attempts = (page?.prefixes ?? []).map((found) => Number(found.slice(prefix.length, -1)));
    return attempts.filter(Number.isInteger).toSorted((a, b) => b - a);
  }

  /** The bucket is made when a write finds it missing: the store may be down, or be emptied, at any time. */
  async #withBucket(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isBucketMissing(error)) throw error;
      await this.#store.ensureBucket(this.#bucket);
      await write();
    }
  }
}

/** No output was ever stored: the bucket is made by the first. */
export function isBucketMissing(error: unknown): boolean {
  return isSovfnError(error) && error.facts['s3Code'] === 'NoSuchBucket';
}

function isAbsent(error: unknown): boolean {
  return isBucketMissing(error) || (isSovfnError(error) && error.code === 'not-found');
}

/** The function chose its content type: what S3 cannot carry stays in `output.json` alone. */
function bodyOptions(meta: OutputMeta): PutOptions {
  const type = meta.sealed === undefined ? (meta.contentType ?? '') : '';
  const contentType = isHeaderValue(type) && type.length <= CONTENT_TYPE_CHARACTERS ? type : 'application/octet-stream';
  return { contentType, metadata: { sha256: storedFacts(meta).sha256 } };
}

async function absentAsNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function parseMeta(bytes: Buffer, address: OutputAddress, name: string): OutputMeta {
  const parsed = outputMetaSchema.safeParse(parseJson(bytes));
  if (!parsed.success) {
    throw new SovfnError('output-corrupted', `${name} is no output description: ${parsed.error.message}`);
  }
  const { tenant, function: of, invocation } = parsed.data;
  if (tenant === address.tenant && of === address.function && invocation === address.invocation) return parsed.data;
  throw new SovfnError('output-corrupted', `${name} describes output ${invocation} of "${tenant}:${of}" instead`);
}

/** Null for what is not JSON: the schema then says what was expected. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
