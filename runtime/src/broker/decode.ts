import { pipeline, type Readable, type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { AskError } from '../asks/ask.ts';

/** More codings in a row than anybody uses honestly. */
const MOST_CODINGS = 3;
/** A body may grow this much by decompression; beyond FREE_BYTES only. Honest text rarely passes 20. */
const MOST_GROWTH = 200;
const FREE_BYTES = 16 * 1024 * 1024;

const MIB = 1024 * 1024;
/** The largest window of zstd that a server may use for HTTP, as a power of two (RFC 9659). Node would take 27: 128 MiB. */
const ZSTD_WINDOW = 23;

interface Decoder {
  readonly make: () => Transform;
  /** What it keeps at the most of what it has put out. */
  readonly windowBytes: number;
}

const GZIP: Decoder = { make: createGunzip, windowBytes: 32 * 1024 };
const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: GZIP,
  'x-gzip': GZIP,
  deflate: { make: createInflate, windowBytes: 32 * 1024 },
  br: { make: createBrotliDecompress, windowBytes: 16 * MIB },
  zstd: {
    make: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW } }),
    windowBytes: 8 * MIB,
  },
};

/**
 * The body as the function gets it: decompressed, read at the function's pace. A coding that is not known leaves it as it
 * is. It fails with AskError when the body is damaged, or grows as no honest one does. `hold` is told of the memory that the
 * decoders take; what it throws ends the body.
 */
export async function* decodedBody(
  body: Readable,
  contentEncoding: string,
  hold: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const codings = parseCodings(contentEncoding);
  try {
    if (codings.length === 0) yield* body as AsyncIterable<Uint8Array>;
    else yield* decompress(body, codings, hold);
  } catch (cause) {
    if (cause instanceof AskError) throw cause;
    throw new AskError('TypeError', `The body broke off: ${(cause as Error).message}`, cause);
  }
}

async function* decompress(
  body: Readable,
  codings: readonly string[],
  hold: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let inBytes = 0;
  let outBytes = 0;
  let heldBytes = 0;
  body.on('data', (chunk: Buffer) => (inBytes += chunk.length));
  const kinds = codings.toReversed().map((coding) => DECODERS[coding]!);
  const decoders = kinds.map(({ make }) => make());
  // What breaks comes out of the last stream, which is read below.
  const decoded = pipeline([body, ...decoders], () => undefined) as unknown as Readable;
  for await (const chunk of decoded as AsyncIterable<Uint8Array>) {
    outBytes += chunk.length;
    // A window fills with what is put out: small answers count as what they are.
    const windowBytes = kinds.reduce((sum, kind) => sum + Math.min(kind.windowBytes, outBytes), 0);
    if (windowBytes > heldBytes) hold(windowBytes - heldBytes);
    heldBytes = windowBytes;
    if (outBytes > FREE_BYTES && outBytes > inBytes * MOST_GROWTH) {
      throw new AskError(
        'TypeError',
        `The body grew more than ${MOST_GROWTH} times as it was decompressed; it is refused.`,
      );
    }
    yield chunk;
  }
}

/** In the order in which they were applied. Empty when one of them is unknown. */
function parseCodings(contentEncoding: string): string[] {
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim());
  const meaningful = codings.filter((coding) => coding !== '' && coding !== 'identity');
  if (meaningful.length > MOST_CODINGS)
    throw new AskError('TypeError', `The answer has more than ${MOST_CODINGS} content codings`);
  return meaningful.every((coding) => Object.hasOwn(DECODERS, coding)) ? meaningful : [];
}
