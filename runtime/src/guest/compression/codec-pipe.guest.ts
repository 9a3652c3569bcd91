/**
 * The two ends of a compression stream, with the host's codec between them.
 *
 * Guarantees: output is asked of the host piece by piece, one ahead of who reads, so that a small input which unfolds to
 * a large output takes no memory here; an error on one end ends the other.
 */
import { CODEC_INPUT_BYTES } from '../../bridge/contract.ts';
import { exactBuffer } from '../core/bytes.guest.ts';
import { currentCall } from '../core/clock.guest.ts';
import { host } from '../core/host.guest.ts';
import { streams } from '../core/lazy-parts.guest.ts';
import { startOperation } from '../core/pending-operations.guest.ts';
import { promiseWithResolvers } from '../core/primordials.guest.ts';
import { bufferSourceBytes } from '../core/webidl.guest.ts';
import type { ReadableStream, WritableStream } from '../streams/streams.guest.ts';

interface ReadableController {
  enqueue(chunk: unknown): void;
  close(): void;
  error(reason: unknown): void;
}

interface WritableController {
  error(reason: unknown): void;
}

export class CodecPipe {
  readonly readable: ReadableStream;
  readonly writable: WritableStream;
  readonly #codec: number;
  #readableController!: ReadableController;
  #writableController!: WritableController;
  /** Open while somebody reads. */
  #gate = promiseWithResolvers<void>();
  #isOver = false;

  constructor(format: string, isCompressing: boolean) {
    const { ReadableStream, WritableStream } = streams.get();
    this.#codec = host.openCodec(currentCall(), format, isCompressing);
    const source = {
      start: (controller: ReadableController) => void (this.#readableController = controller),
      pull: () => this.#gate.resolve(),
      cancel: (reason: unknown) => this.#end(() => this.#writableController.error(reason)),
    };
    const sink = {
      start: (controller: WritableController) => void (this.#writableController = controller),
      write: (chunk: unknown) => this.#orFail(() => this.#write(chunk)),
      close: () => this.#orFail(() => this.#close()),
      abort: (reason: unknown) => this.#end(() => this.#readableController.error(reason)),
    };
    this.readable = new ReadableStream(source, { highWaterMark: 0 });
    this.writable = new WritableStream(sink);
  }

  async #write(chunk: unknown): Promise<void> {
    const bytes = bufferSourceBytes(chunk);
    if (bytes === null) throw new TypeError('A chunk is not an ArrayBuffer or a view of one');
    for (let at = 0; at < bytes.length; at += CODEC_INPUT_BYTES) {
      host.writeCodec(this.#codec, exactBuffer(bytes.subarray(at, at + CODEC_INPUT_BYTES)));
      for (let piece = await this.#read(); piece !== undefined; piece = await this.#read()) {
        await this.#gate.promise;
        if (this.#isOver) return;
        this.#gate = promiseWithResolvers();
        this.#readableController.enqueue(new Uint8Array(piece));
      }
    }
  }

  /** What is left comes without being asked for: it is little, as all input has been read out. */
  async #close(): Promise<void> {
    host.endCodec(this.#codec);
    for (let piece = await this.#read(); piece !== undefined; piece = await this.#read()) {
      this.#readableController.enqueue(new Uint8Array(piece));
    }
    this.#end(() => this.#readableController.close());
  }

  async #read(): Promise<ArrayBuffer | undefined> {
    if (this.#isOver) return undefined;
    const call = currentCall();
    const piece = await startOperation(call, (operation) => host.readCodec(call, operation, this.#codec));
    return this.#isOver ? undefined : (piece as ArrayBuffer | undefined);
  }

  async #orFail(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#end(() => this.#readableController.error(error));
      throw error;
    }
  }

  /** Frees the codec, and lets a write that waits for a reader go. */
  #end(tell: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    host.closeCodec(this.#codec);
    tell();
    this.#gate.resolve();
  }
}
