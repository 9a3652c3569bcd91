/** Outputs in the object store: the only file that knows where they lie there. */
import {
  type OutputMeta,
  outputBodyObject,
  outputMetaObject,
  attemptPrefix,
  outputPrefix,
  outputPrefixOf,
  SovfnError,
  storeOutsideOf,
  type StorePlace,
} from '@sovfn/protocol';
import { isHeaderValue, type ObjectStore, type PutOptions } from '@sovfn/store';
import {
  absentAsNull,
  DESCRIPTION_KEY,
  isAbsent,
  isBucketMissing,
  packedDescription,
  readDescription,
} from './descriptions.ts';
import type { StoredFolder } from './newest-stored.ts';
import type { FunctionName, OutputAddress } from './output-address.ts';
import { storedFacts } from './sealed-output.ts';

const READ_MS = 10_000;
/** Folders of one event that are looked at. */
const MOST_ATTEMPTS = 200;
const CONTENT_TYPE_CHARACTERS = 255;

export class StoredOutputs {
  readonly #store: ObjectStore;
  readonly #bucket: string;
  readonly #place: StorePlace;

  constructor({
    store,
    bucket,
    place,
  }: {
    readonly store: ObjectStore;
    readonly bucket: string;
    readonly place: StorePlace;
  }) {
    this.#store = store;
    this.#bucket = bucket;
    this.#place = place;
  }

  /** Where the outputs of a function begin. */
  folder(of: FunctionName): StoredFolder {
    return { store: this.#store, bucket: this.#bucket, prefix: `${of.tenant}/${of.function}/` };
  }

  /**
   * Stores a body that is in memory and its description: by one write if it can be. `timeoutMs` bounds each write. Throws
   * `residency-unsatisfied` when the store is outside of the output's zone.
   */
  async write(meta: OutputMeta, body: Buffer, timeoutMs: number): Promise<void> {
    this.#assertInZone(meta);
    const packed = meta.sealed === undefined ? packedDescription(meta) : null;
    await this.#withBucket(async () => {
      const options = { ...bodyOptions(meta, packed), timeoutMs };
      await this.#store.put(this.#bucket, outputBodyObject(outputPrefixOf(meta)), body, options);
    });
    if (packed === null) await this.#writeMeta(meta, timeoutMs);
  }

  /** Stores the body, then its description. `open` is called again when the bucket had to be made. Throws like `write`. */
  async writeStream(meta: OutputMeta, open: () => AsyncIterable<Buffer>, timeoutMs: number): Promise<void> {
    this.#assertInZone(meta);
    await this.#withBucket(async () =>
      this.#store.putStream(
        this.#bucket,
        outputBodyObject(outputPrefixOf(meta)),
        storedFacts(meta).bytes,
        open(),
        bodyOptions(meta, null),
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

  #assertInZone({ zone }: OutputMeta): void {
    const outside = storeOutsideOf(zone, this.#place);
    if (outside !== null) throw outOfZone(outside);
  }

  async #writeMeta(meta: OutputMeta, timeoutMs: number): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(meta));
    const options: PutOptions = { contentType: 'application/json', timeoutMs };
    await this.#store.put(this.#bucket, outputMetaObject(outputPrefixOf(meta)), bytes, options);
  }

  async #readMetaIn(prefix: string, address: OutputAddress): Promise<OutputMeta | null> {
    const meta = await readDescription({ store: this.#store, bucket: this.#bucket }, prefix);
    if (meta !== null) assertDescribes(meta, address, prefix);
    return meta;
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

/** `outside`: of what `storeOutsideOf` says. */
export function outOfZone(outside: string): SovfnError {
  return new SovfnError('residency-unsatisfied', outside, {
    hint: 'The operator connects an object store that is in the zone; or deploy the function for a zone that the store is in.',
  });
}

/** The function chose its content type: what S3 cannot carry stays in the description alone. */
function bodyOptions(meta: OutputMeta, packed: string | null): PutOptions {
  const type = meta.sealed === undefined ? (meta.contentType ?? '') : '';
  const contentType = isHeaderValue(type) && type.length <= CONTENT_TYPE_CHARACTERS ? type : 'application/octet-stream';
  const { sha256 } = storedFacts(meta);
  return { contentType, metadata: packed === null ? { sha256 } : { sha256, [DESCRIPTION_KEY]: packed } };
}

function assertDescribes(
  { tenant, function: of, invocation }: OutputMeta,
  address: OutputAddress,
  prefix: string,
): void {
  if (tenant === address.tenant && of === address.function && invocation === address.invocation) return;
  const what = `what lies at ${prefix} describes output ${invocation} of "${tenant}:${of}" instead`;
  throw new SovfnError('output-corrupted', what);
}
