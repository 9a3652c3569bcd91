/**
 * Outputs that are encrypted: their body is a sealed stream, their headers a sealed piece in `output.json`. Size and SHA-256
 * in `output.json` are those of what the call left, as for any output; those of the stored bytes stand beside them.
 */
import { type DataKey, type DataKeySource, open, openStream, sealPiece, StreamSealer } from '@sovfn/bus/encryption';
import { isSovfnError, type OutputMeta, type SealedPlace, SovfnError } from '@sovfn/protocol';
import { createHash } from 'node:crypto';

type OutputName = Pick<OutputMeta, 'tenant' | 'function' | 'invocation' | 'attempt'>;

function placeOf({ tenant, function: name, invocation, attempt }: OutputName, part: 'body' | 'headers'): SealedPlace {
  return { tenant, purpose: 'outputs', function: name, name: `${invocation}/${attempt}/${part}` };
}

/** Seals one output as it comes. */
export class OutputSealer {
  readonly #key: DataKey;
  readonly #output: OutputName;
  readonly #body: StreamSealer;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(key: DataKey, output: OutputName) {
    this.#key = key;
    this.#output = output;
    this.#body = new StreamSealer(key, placeOf(output, 'body'));
  }

  push(piece: Buffer): Buffer {
    return this.#count(this.#body.push(piece));
  }

  end(): Buffer {
    return this.#count(this.#body.end());
  }

  /** What `output.json` says of the stored bytes, once they have ended. */
  facts(headers: readonly string[]): NonNullable<OutputMeta['sealed']> {
    const sealed = sealPiece(this.#key, placeOf(this.#output, 'headers'), Buffer.from(JSON.stringify(headers)));
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex'), headers: sealed.toString('base64') };
  }

  #count(sealed: Buffer): Buffer {
    this.#hash.update(sealed);
    this.#bytes += sealed.length;
    return sealed;
  }
}

/** Size and hash of the bytes that are stored. */
export const storedFacts = (meta: OutputMeta): { readonly bytes: number; readonly sha256: string } =>
  meta.sealed ?? meta;

/** What the call left, from what is stored. Throws `key-unavailable`, `output-corrupted`, or what the source threw. */
export async function* openedBody(
  keys: DataKeySource,
  meta: OutputMeta,
  stored: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    if (meta.sealed === undefined) yield* stored;
    else yield* openStream(keys, placeOf(meta, 'body'), stored);
  } catch (error) {
    throw asCorrupted(error, meta);
  }
}

/** With the headers that the function answered. Throws `key-unavailable` or `output-corrupted`. */
export async function openedMeta(keys: DataKeySource, meta: OutputMeta): Promise<OutputMeta> {
  if (meta.sealed === undefined) return meta;
  try {
    const bytes = await open(keys, placeOf(meta, 'headers'), Buffer.from(meta.sealed.headers, 'base64'));
    return { ...meta, headers: JSON.parse(bytes.toString('utf8')) as string[] };
  } catch (error) {
    throw asCorrupted(error, meta);
  }
}

function asCorrupted(error: unknown, { invocation }: OutputMeta): unknown {
  if (!isSovfnError(error) || error.code !== 'data-unreadable') return error;
  return new SovfnError('output-corrupted', `output ${invocation} cannot be decrypted: ${error.message}`, {
    cause: error,
    hint: 'The bytes were changed after they were stored, or their data key is gone: restore them from a backup.',
  });
}
