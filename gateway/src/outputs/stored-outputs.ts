/** Outputs in the object store: the only file that knows where they lie there. */
import {
  isSovfnError,
  type OutputMeta,
  outputBodyObject,
  outputMetaObject,
  outputMetaSchema,
  outputPrefix,
  SovfnError,
} from '@sovfn/protocol';
import { isHeaderValue, type ObjectStore, type PutOptions } from '@sovfn/store';
import type { StoredFolder } from './newest-stored.ts';
import type { FunctionName, OutputAddress } from './output-address.ts';

/** Far above what the limits on response headers allow. */
const META_BYTES = 1024 * 1024;
const READ_MS = 10_000;
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
      await this.#store.put(this.#bucket, outputBodyObject(prefixOf(meta)), body, options);
    });
    await this.#writeMeta(meta, timeoutMs);
  }

  /** Stores a body of `meta.bytes` bytes, then its metadata. `open` is called again when the bucket had to be made. */
  async writeStream(meta: OutputMeta, open: () => AsyncIterable<Buffer>, timeoutMs: number): Promise<void> {
    await this.#withBucket(async () =>
      this.#store.putStream(this.#bucket, outputBodyObject(prefixOf(meta)), meta.bytes, open(), bodyOptions(meta)),
    );
    await this.#writeMeta(meta, timeoutMs);
  }

  /** Null when there is no such output. Throws `output-corrupted` when what is stored does not describe it. */
  async readMeta(address: OutputAddress): Promise<OutputMeta | null> {
    const name = outputMetaObject(prefixOf(address));
    const bytes = await absentAsNull(this.#store.get(this.#bucket, name, { maxBytes: META_BYTES, timeoutMs: READ_MS }));
    return bytes === null ? null : parseMeta(bytes, address, name);
  }

  /** Throws `output-corrupted` when the body is gone. */
  async *readBody(address: OutputAddress, offset = 0): AsyncGenerator<Buffer> {
    const name = outputBodyObject(prefixOf(address));
    try {
      const range = offset === 0 ? {} : { range: { offset } };
      yield* this.#store.getStream(this.#bucket, name, { timeoutMs: READ_MS, ...range });
    } catch (cause) {
      if (!isAbsent(cause)) throw cause;
      throw new SovfnError('output-corrupted', `the body of output ${address.invocation} is missing`, { cause });
    }
  }

  async #writeMeta(meta: OutputMeta, timeoutMs: number): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(meta));
    const options: PutOptions = { contentType: 'application/json', timeoutMs };
    await this.#store.put(this.#bucket, outputMetaObject(prefixOf(meta)), bytes, options);
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

function prefixOf(address: OutputAddress): string {
  return outputPrefix(address.tenant, address.function, address.invocation);
}

/** The function chose its content type: what S3 cannot carry stays in `output.json` alone. */
function bodyOptions(meta: OutputMeta): PutOptions {
  const type = meta.contentType ?? '';
  const contentType = isHeaderValue(type) && type.length <= CONTENT_TYPE_CHARACTERS ? type : 'application/octet-stream';
  return { contentType, metadata: { sha256: meta.sha256 } };
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
