/**
 * What is said of an output, beside its body. It lies in the metadata of the body's own object when it fits there, so that one
 * write stores both, or nothing; the description of a large, streamed or encrypted output lies in `output.json`, which is
 * written last. Hostile: what is read, as anyone with access to the bucket may have changed it.
 */
import {
  isSovfnError,
  type OutputMeta,
  outputBodyObject,
  outputMetaObject,
  outputMetaSchema,
  SovfnError,
  jsonOrNull,
} from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';

export interface OutputBucket {
  readonly store: ObjectStore;
  readonly bucket: string;
}

/** Name of the metadata: `x-amz-meta-output` for S3 clients. */
export const DESCRIPTION_KEY = 'output';
/** S3 allows 2 KB of metadata for an object, and there is a hash too. */
const PACKED_CHARACTERS = 1_792;
/** Far above what the limits on response headers allow. */
const DESCRIPTION_BYTES = 1024 * 1024;
const READ_MS = 10_000;

/** As metadata of an object: JSON in printable ASCII. Null when it is too long for that. */
export function packedDescription(meta: OutputMeta): string | null {
  // A signature is made over single spaces: a server that signs what it got finds another.
  const text = JSON.stringify(meta).replace(/[\u007f-\uffff]| (?= )/g, escaped);
  return text.length <= PACKED_CHARACTERS ? text : null;
}

/** Of the output whose objects begin with the prefix; null when there is none. Throws `output-corrupted` for another thing. */
export async function readDescription({ store, bucket }: OutputBucket, prefix: string): Promise<OutputMeta | null> {
  const body = await absentAsNull(store.head(bucket, outputBodyObject(prefix)));
  const packed = body?.metadata[DESCRIPTION_KEY];
  if (packed !== undefined) return parse(packed, outputBodyObject(prefix));
  const name = outputMetaObject(prefix);
  const read = store.get(bucket, name, { maxBytes: DESCRIPTION_BYTES, timeoutMs: READ_MS });
  const bytes = await absentAsNull(read);
  return bytes === null ? null : parse(bytes.toString('utf8'), name);
}

/** No output was ever stored: the bucket is made by the first. */
export function isBucketMissing(error: unknown): boolean {
  return isSovfnError(error) && error.facts['s3Code'] === 'NoSuchBucket';
}

export function isAbsent(error: unknown): boolean {
  return isBucketMissing(error) || (isSovfnError(error) && error.code === 'not-found');
}

export async function absentAsNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function parse(text: string, name: string): OutputMeta {
  const parsed = outputMetaSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  throw new SovfnError('output-corrupted', `${name} holds no output description: ${parsed.error.message}`);
}
