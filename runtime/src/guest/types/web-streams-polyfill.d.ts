/** What the guest uses of web-streams-polyfill. (The package's own types need those of the DOM.) */
export class ReadableStream<Chunk = unknown> {
  constructor(source?: unknown, strategy?: unknown);
  readonly locked: boolean;
  cancel(reason?: unknown): Promise<void>;
  getReader(): ReadableStreamDefaultReader<Chunk>;
  pipeThrough(transform: unknown, options?: unknown): ReadableStream;
  values(): object;
  tee(): [ReadableStream<Chunk>, ReadableStream<Chunk>];
  /** Has anything been read or canceled? An inner slot of the library, which has no other way to ask. */
  readonly _disturbed: boolean;
  readonly _readableStreamController: object;
}

export class ReadableStreamDefaultReader<Chunk = unknown> {
  read(): Promise<{ done: boolean; value: Chunk | undefined }>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

export class ReadableByteStreamController {
  readonly byobRequest: { readonly view: Uint8Array | null; respond(bytes: number): void } | null;
  enqueue(chunk: Uint8Array): void;
  close(): void;
  error(reason: unknown): void;
}

export class TransformStream {
  constructor(transformer?: unknown, writableStrategy?: unknown, readableStrategy?: unknown);
  readonly readable: ReadableStream;
  readonly writable: WritableStream;
}

export class TransformStreamDefaultController {
  enqueue(chunk: unknown): void;
  error(reason: unknown): void;
  terminate(): void;
}

export class WritableStream {
  constructor(sink?: unknown, strategy?: unknown);
}

export class ByteLengthQueuingStrategy {}
export class CountQueuingStrategy {}
export class ReadableStreamBYOBReader {}
export class ReadableStreamBYOBRequest {}
export class ReadableStreamDefaultController {
  enqueue(chunk: unknown): void;
  close(): void;
  error(reason: unknown): void;
}
export class WritableStreamDefaultController {}
export class WritableStreamDefaultWriter {}
