import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { AskError } from '../asks/ask.ts';

/** More codings in a row than anybody uses honestly. */
const MOST_CODINGS = 3;
/** A body may grow this much by decompression; beyond FREE_BYTES only. Honest text rarely passes 20. */
const MOST_GROWTH = 200;
const FREE_BYTES = 16 * 1024 * 1024;

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * The body as the function gets it: decompressed, read at the function's pace. A coding that is not known leaves it as it
 * is. It fails with AskError when the body is damaged, or grows as no honest one does.
 */
export async function* decodedBody(body: Readable, contentEncoding: string): AsyncGenerator<Uint8Array> {
  const codings = parseCodings(contentEncoding);
  try {
    if (codings.length === 0) yield* body as AsyncIterable<Uint8Array>;
    else yield* decompress(body, codings);
  } catch (cause) {
    if (cause instanceof AskError) throw cause;
    throw new AskError('TypeError', `The body broke off: ${(cause as Error).message}`, cause);
  }
}

async function* decompress(body: Readable, codings: readonly string[]): AsyncGenerator<Uint8Array> {
  let inBytes = 0;
  let outBytes = 0;
  body.on('data', (chunk: Buffer) => (inBytes += chunk.length));
  const decoders = codings.toReversed().map((coding) => DECODERS[coding]!());
  // What breaks comes out of the last stream, which is read below.
  const decoded = pipeline([body, ...decoders], () => undefined) as unknown as Readable;
  for await (const chunk of decoded as AsyncIterable<Uint8Array>) {
    outBytes += chunk.length;
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
