/**
 * One stream that is compressed or decompressed for a guest, by Node's zlib on the thread pool.
 *
 * Guarantees: at most one piece of input and READ_AHEAD_BYTES of output are held, however much the input unfolds to:
 * zlib stops when its output is not taken. Output that is not as the format has it, cut short or followed by more, is a
 * TypeError.
 */
import { type Transform } from 'node:stream';
import {
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createDeflateRaw,
  createGunzip,
  createGzip,
  createInflate,
  createInflateRaw,
} from 'node:zlib';
import { RefusedWork } from './host-work.ts';

/** Size of one piece of output, and how much of it waits to be read. */
const READ_AHEAD_BYTES = 64 * 1024;
const OPTIONS = { chunkSize: READ_AHEAD_BYTES, highWaterMark: READ_AHEAD_BYTES, rejectGarbageAfterEnd: true };
/** Brotli's own defaults are made for files: 1 MB/s, with 20 MB of memory. */
const BROTLI_PARAMETERS = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 19 };

const MAKERS = {
  compress: {
    gzip: () => createGzip(OPTIONS),
    deflate: () => createDeflate(OPTIONS),
    'deflate-raw': () => createDeflateRaw(OPTIONS),
    brotli: () => createBrotliCompress({ ...OPTIONS, params: BROTLI_PARAMETERS }),
  },
  decompress: {
    gzip: () => createGunzip(OPTIONS),
    deflate: () => createInflate(OPTIONS),
    'deflate-raw': () => createInflateRaw(OPTIONS),
    brotli: () => createBrotliDecompress(OPTIONS),
  },
} as const;

export type CodecFormat = keyof typeof MAKERS.compress;
export type CodecDirection = keyof typeof MAKERS;

export class Codec {
  readonly direction: CodecDirection;
  readonly #stream: Transform;
  #error: Error | null = null;
  #isInputDone = true;
  #isEnding = false;
  #isEnded = false;
  #hasInput = false;
  /** Called when something has changed for the one who reads. */
  #onChange: (() => void) | null = null;

  constructor(format: CodecFormat, direction: CodecDirection) {
    this.direction = direction;
    this.#stream = MAKERS[direction][format]();
    this.#stream.on('readable', () => this.#onChange?.());
    this.#stream.on('end', () => {
      this.#isEnded = true;
      this.#onChange?.();
    });
    this.#stream.on('error', (error) => this.#fail(invalidData(error)));
  }

  /** Gives the next input. Throws TypeError when the last is not used up, or the input has ended. */
  write(bytes: Uint8Array): void {
    if (!this.#isInputDone || this.#isEnding) throw new TypeError('a codec takes one piece of input at a time');
    if (bytes.length === 0) return;
    this.#hasInput = true;
    this.#isInputDone = false;
    this.#stream.write(bytes, () => {
      this.#isInputDone = true;
      this.#onChange?.();
    });
  }

  /** There is no more input. */
  end(): void {
    if (!this.#isInputDone || this.#isEnding) throw new TypeError('a codec takes one piece of input at a time');
    this.#isEnding = true;
    if (this.direction === 'decompress' && !this.#hasInput) this.#fail(invalidData(new Error('there is no data')));
    else this.#stream.end();
  }

  /** The next output, or null when the input so far has given all that it gives. One read at a time. */
  async read(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#error !== null) throw this.#error;
      const piece = this.#stream.read() as Uint8Array | null;
      if (piece !== null) return piece;
      if (this.#isEnding ? this.#isEnded : this.#isInputDone) return null;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onChange = resolve;
      await promise;
    }
  }

  /** Frees its memory. A read under way fails. */
  close(): void {
    this.#fail(new RefusedWork('AbortError', 'the stream was closed'));
    this.#stream.destroy();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#onChange?.();
  }
}

export function isCodecFormat(format: string): format is CodecFormat {
  return Object.hasOwn(MAKERS.compress, format);
}

function invalidData(error: Error): TypeError {
  return new TypeError(`The compressed data was not valid: ${error.message}`);
}
