import { type Bytes, exactBuffer, joinBytes } from '../core/bytes.guest.ts';
import { currentTime } from '../core/clock.guest.ts';
import { defineInterface, INTERNAL } from '../core/interface.guest.ts';
import { streams } from '../core/lazy-parts.guest.ts';
import { bufferSourceBytes, clampedLongLong, dictionary, domString, enumeration } from '../core/webidl.guest.ts';
import { isObject, longLong, requireArguments, sequence, usvString } from '../core/webidl.guest.ts';
import { decodeUtf8WithoutBom, encodeUtf8 } from '../encoding/utf8.guest.ts';
import type { ReadableStream } from '../streams/streams.guest.ts';

const STREAM_CHUNK = 64 * 1024;
const NOT_PRINTABLE_ASCII = /[^\x20-\x7e]/;

/** Never changed once made: slices share them. */
let bytesOf: (blob: Blob) => Bytes;
let isBlob: (value: unknown) => value is Blob;

export class Blob {
  readonly #bytes: Bytes;
  readonly #type: string;

  static {
    bytesOf = (blob) => blob.#bytes;
    isBlob = (value): value is Blob => isObject(value) && #bytes in value;
  }

  /** The prelude's own form: `new Blob(INTERNAL, { bytes, type })`. */
  constructor(parts: unknown = undefined, options: unknown = undefined) {
    if (parts === INTERNAL) {
      const { bytes, type } = options as { bytes: Bytes; type: string };
      this.#bytes = bytes;
      this.#type = type;
      return;
    }
    const pieces = parts === undefined ? [] : sequence(parts, convertPart, 'Blob: blobParts');
    const given = dictionary(options, 'Blob: options');
    const endings = given['endings'];
    const isNative =
      endings !== undefined && enumeration(endings, ['transparent', 'native'], 'Blob: endings') === 'native';
    this.#type = given['type'] === undefined ? '' : normalizeType(domString(given['type']));
    this.#bytes = join(pieces.map((piece) => (typeof piece === 'string' ? encodeText(piece, isNative) : piece)));
  }

  get size(): number {
    return this.#bytes.length;
  }

  get type(): string {
    return this.#type;
  }

  slice(start: unknown = undefined, end: unknown = undefined, contentType: unknown = undefined): Blob {
    const bytes = this.#bytes;
    const from = start === undefined ? 0 : clampedLongLong(start);
    const to = end === undefined ? bytes.length : clampedLongLong(end);
    const type = contentType === undefined ? '' : normalizeType(domString(contentType));
    return new Blob(INTERNAL, { bytes: bytes.subarray(from, to), type });
  }

  stream(): ReadableStream {
    const bytes = this.#bytes;
    let at = 0;
    return streams.get().makeByteStream({
      pull() {
        const piece = bytes.slice(at, at + STREAM_CHUNK);
        at += piece.length;
        return piece.length === 0 ? null : piece;
      },
      cancel() {
        at = bytes.length;
      },
    });
  }

  async text(): Promise<string> {
    return decodeUtf8WithoutBom(this.#bytes);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return exactBuffer(this.#bytes.slice());
  }

  async bytes(): Promise<Bytes> {
    return this.#bytes.slice();
  }
}

defineInterface(Blob, 'Blob');

let isFile: (value: unknown) => value is File;

export class File extends Blob {
  readonly #name: string;
  readonly #lastModified: number;

  static {
    isFile = (value): value is File => isObject(value) && #name in value;
  }

  /** The prelude's own form has `lastModified` beside `bytes` and `type`. */
  constructor(parts: unknown, name: unknown, options: unknown = undefined) {
    requireArguments(arguments.length, 2, 'File');
    if (parts !== INTERNAL && !isObject(parts)) throw new TypeError('File: fileBits is not an object');
    super(parts, options);
    this.#name = usvString(name);
    const { lastModified } = dictionary(options, 'File: options');
    this.#lastModified = lastModified === undefined ? Math.floor(currentTime()) : longLong(lastModified);
  }

  get name(): string {
    return this.#name;
  }

  get lastModified(): number {
    return this.#lastModified;
  }

  get webkitRelativePath(): string {
    return this.#name && '';
  }
}

defineInterface(File, 'File');

/** A blob over bytes that nobody else will change. */
export function blobOf(bytes: Bytes, type: string): Blob {
  return new Blob(INTERNAL, { bytes, type });
}

export function fileOf(bytes: Bytes, type: string, name: string, lastModified: number | undefined = undefined): File {
  return new File(INTERNAL, name, { bytes, type, lastModified });
}

function convertPart(part: unknown): string | Bytes {
  const bytes = bufferSourceBytes(part);
  if (bytes !== null) return bytes.slice();
  return isBlob(part) ? bytesOf(part) : usvString(part);
}

function encodeText(text: string, isNative: boolean): Bytes {
  return encodeUtf8(isNative ? text.replace(/\r\n?/g, '\n') : text);
}

function join(pieces: readonly Bytes[]): Bytes {
  return joinBytes(
    pieces,
    pieces.reduce((size, piece) => size + piece.length, 0),
  );
}

function normalizeType(type: string): string {
  return NOT_PRINTABLE_ASCII.test(type) ? '' : type.toLowerCase();
}

export { bytesOf, isBlob, isFile };
