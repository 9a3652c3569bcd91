/** Lazy part: the Compression Standard. The host compresses. */
import { defineInterface } from '../core/interface.guest.ts';
import { enumeration, requireArguments } from '../core/webidl.guest.ts';
import type { ReadableStream, WritableStream } from '../streams/streams.guest.ts';
import { CodecPipe } from './codec-pipe.guest.ts';

const FORMATS = ['deflate', 'deflate-raw', 'gzip', 'brotli'] as const;

export class CompressionStream {
  readonly #pipe: CodecPipe;

  constructor(format: unknown) {
    requireArguments(arguments.length, 1, 'CompressionStream');
    this.#pipe = new CodecPipe(enumeration(format, FORMATS, 'CompressionStream: format'), true);
  }

  get readable(): ReadableStream {
    return this.#pipe.readable;
  }

  get writable(): WritableStream {
    return this.#pipe.writable;
  }
}

defineInterface(CompressionStream, 'CompressionStream');

export class DecompressionStream {
  readonly #pipe: CodecPipe;

  constructor(format: unknown) {
    requireArguments(arguments.length, 1, 'DecompressionStream');
    this.#pipe = new CodecPipe(enumeration(format, FORMATS, 'DecompressionStream: format'), false);
  }

  get readable(): ReadableStream {
    return this.#pipe.readable;
  }

  get writable(): WritableStream {
    return this.#pipe.writable;
  }
}

defineInterface(DecompressionStream, 'DecompressionStream');
