/**
 * The body of a request or response. What it is made of stays as it is (a string, bytes, the host's upload) until
 * somebody asks for a stream: the calls that never do pay nothing for streams.
 */
import type { Bytes } from '../core/bytes.guest.ts';
import { files, streams } from '../core/lazy-parts.guest.ts';
import { bufferSourceBytes, isObject, usvString } from '../core/webidl.guest.ts';
import { decodeUtf8WithoutBom, encodeUtf8 } from '../encoding/utf8.guest.ts';
import type { ByteSource, ReadableStream } from '../streams/streams.guest.ts';
import { isSearchParams } from '../url/url-search-params.guest.ts';
import type { Upload } from './upload.guest.ts';

/** `bytes` are never changed: clones share them. */
export type BodySource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Bytes }
  | { readonly kind: 'upload'; readonly upload: Upload }
  | { readonly kind: 'stream'; readonly stream: ReadableStream };

export class Body {
  #source: BodySource;
  #isUsed = false;

  constructor(source: BodySource) {
    this.#source = source;
  }

  get source(): BodySource {
    return this.#source;
  }

  /** Has it been read, or a part of it? */
  get isUsed(): boolean {
    return this.#isUsed || (this.#source.kind === 'stream' && streams.get().isDisturbed(this.#source.stream));
  }

  /** Read, or being read by somebody. */
  get isUnusable(): boolean {
    return this.isUsed || (this.#source.kind === 'stream' && this.#source.stream.locked);
  }

  /** The stream that the body is from now on. */
  get stream(): ReadableStream {
    const source = this.#source;
    if (source.kind === 'stream') return source.stream;
    const stream = streamOf(source, this.#isUsed);
    this.#source = { kind: 'stream', stream };
    return stream;
  }

  /** Hands over what the body is made of, which counts as reading it. The body must be usable. */
  take(): BodySource {
    this.#isUsed = true;
    return this.#source;
  }

  /** Reads all as text: UTF-8 without its byte order mark. */
  async text(): Promise<string> {
    const source = this.take();
    if (source.kind === 'text') return source.text.charCodeAt(0) === 0xfeff ? source.text.slice(1) : source.text;
    return decodeUtf8WithoutBom(await readAll(source));
  }

  /** Reads all. The bytes may be shared with a clone: copy before handing them out. */
  async bytes(): Promise<Bytes> {
    return readAll(this.take());
  }

  /** The body for another owner; this one counts as read. The body must be usable. */
  handOver(): Body {
    const source = this.take();
    if (source.kind !== 'stream') return new Body(source);
    return new Body({ kind: 'stream', stream: streams.get().proxyOf(source.stream) });
  }

  /** A second body with the same content. The body must be usable. */
  clone(): Body {
    const source = this.#source;
    if (source.kind === 'text' || source.kind === 'bytes') return new Body(source);
    const [first, second] = streams.get().teeForClone(this.stream);
    this.#source = { kind: 'stream', stream: first };
    return new Body({ kind: 'stream', stream: second });
  }
}

export interface ExtractedBody {
  readonly body: Body;
  /** Content type that the kind of body brings with it, or null. */
  readonly type: string | null;
}

/** "Extract a body" of the Fetch Standard. `init` is neither null nor undefined. */
export function extractBody(init: unknown): ExtractedBody {
  if (typeof init === 'string') return textBody(usvString(init), 'text/plain;charset=UTF-8');
  if (isObject(init)) {
    const bytes = bufferSourceBytes(init);
    if (bytes !== null) return { body: new Body({ kind: 'bytes', bytes: bytes.slice() }), type: null };
    if (isSearchParams(init)) {
      return textBody(init.toString(), 'application/x-www-form-urlencoded;charset=UTF-8');
    }
    const fromFiles = files.loaded?.bodyOf(init) ?? null;
    if (fromFiles !== null) {
      return { body: new Body({ kind: 'bytes', bytes: fromFiles.bytes }), type: fromFiles.type };
    }
    if (streams.loaded?.isReadableStream(init) === true) return streamBody(init);
  }
  return textBody(usvString(init), 'text/plain;charset=UTF-8');
}

function textBody(text: string, type: string): ExtractedBody {
  return { body: new Body({ kind: 'text', text }), type };
}

function streamBody(stream: ReadableStream): ExtractedBody {
  if (streams.get().isDisturbed(stream) || stream.locked) {
    throw new TypeError('The stream given as a body is locked, or has been read from');
  }
  return { body: new Body({ kind: 'stream', stream }), type: null };
}

async function readAll(source: BodySource): Promise<Bytes> {
  switch (source.kind) {
    case 'text':
      return encodeUtf8(source.text);
    case 'bytes':
      return source.bytes;
    case 'upload':
      return source.upload.readAll();
    case 'stream':
      return new (streams.get().ByteReader)(source.stream).readAll();
  }
}

function streamOf(source: Exclude<BodySource, { kind: 'stream' }>, isUsed: boolean): ReadableStream {
  const { makeByteStream, closeForEver } = streams.get();
  const stream = makeByteStream(source.kind === 'upload' ? uploadSource(source.upload) : memorySource(source));
  if (isUsed) closeForEver(stream);
  return stream;
}

function memorySource(source: Extract<BodySource, { kind: 'text' | 'bytes' }>): ByteSource {
  let rest: Bytes | null = source.kind === 'text' ? encodeUtf8(source.text) : source.bytes.slice();
  return {
    pull() {
      const bytes = rest;
      rest = null;
      return bytes;
    },
    cancel() {
      rest = null;
    },
  };
}

function uploadSource(upload: Upload): ByteSource {
  return {
    pull: () => upload.read(),
    cancel: () => upload.cancel(),
  };
}
