/** Lazy part: the Streams Standard, and what the bodies of requests and responses need of its insides. */
import { ReadableByteStreamController, ReadableStream, TransformStream } from 'web-streams-polyfill';
import type { ReadableStreamDefaultController } from 'web-streams-polyfill';
import * as library from 'web-streams-polyfill';
import { type Bytes, joinBytes } from '../core/bytes.guest.ts';
import { cloning } from '../core/lazy-parts.guest.ts';
import {
  defineProperty,
  getPrototypeOf,
  markHandled,
  reflectApply,
  setPrototypeOf,
} from '../core/primordials.guest.ts';

export {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from 'web-streams-polyfill';
export { TextDecoderStream, TextEncoderStream } from './text-streams.guest.ts';

// The bundler gives the library's classes names of its own.
for (const [name, Interface] of Object.entries(library)) {
  defineProperty(Interface, 'name', { value: name, configurable: true });
}

// Captured here, so that a body is read in the same way when the function has patched the prototypes.
const { getReader, pipeThrough, tee } = ReadableStream.prototype;
const readerPrototype = Object.getPrototypeOf(new ReadableStream().getReader()) as StreamReader;
const { read: readerRead, cancel: readerCancel } = readerPrototype;

// The library has a prototype of its own for asynchronous iterators.
const iteratorPrototype = getPrototypeOf(new ReadableStream().values())!;
setPrototypeOf(iteratorPrototype, getPrototypeOf(getPrototypeOf(async function* () {}.prototype as object)!));

interface StreamReader {
  read(): Promise<{ done: boolean; value: unknown }>;
  cancel(reason: unknown): Promise<void>;
}

export function isReadableStream(value: unknown): value is ReadableStream {
  return value instanceof ReadableStream && Object.hasOwn(value, '_readableStreamController');
}

export function isDisturbed(stream: ReadableStream): boolean {
  return stream._disturbed;
}

/** Two streams of what this one gives, the second with chunks of its own. */
export function teeForClone(stream: ReadableStream): [ReadableStream, ReadableStream] {
  const [first, second] = reflectApply(tee, stream, []);
  // The tee of a byte stream copies already.
  const isByteStream = stream._readableStreamController instanceof ReadableByteStreamController;
  return [first, isByteStream ? second : withClonedChunks(second)];
}

function withClonedChunks(stream: ReadableStream): ReadableStream {
  const reader: StreamReader = reflectApply(getReader, stream, []);
  const source = {
    async pull(controller: ReadableStreamDefaultController) {
      const { done, value } = await reflectApply(readerRead, reader, []);
      if (done) controller.close();
      else controller.enqueue(cloning.get().structuredClone(value));
    },
    cancel: (reason: unknown) => reflectApply(readerCancel, reader, [reason]),
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** A stream that gives what this one gives, which it locks. */
export function proxyOf(stream: ReadableStream): ReadableStream {
  return reflectApply(pipeThrough, stream, [new TransformStream()]);
}

/** Makes the stream what it is after a body was read: at its end, and locked. */
export function closeForEver(stream: ReadableStream): void {
  const reader: StreamReader = reflectApply(getReader, stream, []);
  markHandled(reflectApply(readerCancel, reader, [undefined]));
}

/** Reads a stream of bytes to its end, piece by piece. */
export class ByteReader {
  readonly #reader: StreamReader;

  /** Locks the stream. Throws TypeError when it is locked already. */
  constructor(stream: ReadableStream) {
    this.#reader = reflectApply(getReader, stream, []);
  }

  /** Null at the end. Rejects with TypeError when the stream gives something that is no Uint8Array. */
  async read(): Promise<Uint8Array | null> {
    const { done, value } = await reflectApply(readerRead, this.#reader, []);
    if (done) return null;
    if (value instanceof Uint8Array) return value;
    const error = new TypeError('A body stream gave a chunk that is not a Uint8Array');
    await this.cancel(error);
    throw error;
  }

  cancel(reason: unknown): Promise<void> {
    return reflectApply(readerCancel, this.#reader, [reason]);
  }

  async readAll(): Promise<Bytes> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (let piece = await this.read(); piece !== null; piece = await this.read()) {
      pieces.push(piece);
      size += piece.length;
    }
    return joinBytes(pieces, size);
  }
}

export interface ByteSource {
  /** The next bytes, which the stream takes over, or null at the end. */
  pull(): Promise<Bytes | null> | Bytes | null;
  cancel(reason: unknown): void;
}

/** A byte stream that asks its source only when it is read. */
export function makeByteStream(source: ByteSource): ReadableStream {
  return new ReadableStream({
    type: 'bytes',
    async pull(controller: ByteController) {
      let bytes = await source.pull();
      // A byte stream takes no empty chunk, and an empty piece is not the end.
      while (bytes !== null && bytes.length === 0) bytes = await source.pull();
      if (bytes !== null) return controller.enqueue(bytes);
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel(reason: unknown) {
      source.cancel(reason);
    },
  });
}

interface ByteController {
  readonly byobRequest: { respond(bytes: number): void } | null;
  enqueue(chunk: Uint8Array): void;
  close(): void;
}
