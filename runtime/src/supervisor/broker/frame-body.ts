import { ChunkReceiver } from '@sovfn/bus/wire';
import type { ChunkFrame } from '@sovfn/protocol';

/** The body of an ask that comes in frames, for one reader. It is read at the reader's pace: the cell sends against credits. */
export class FrameBody implements AsyncIterable<Uint8Array> {
  readonly #receiver: ChunkReceiver;
  #failure: Error | null = null;
  #wake: () => void = () => undefined;

  constructor(grant: (chunks: number) => void) {
    this.#receiver = new ChunkReceiver({ grant, onChunk: () => this.#wake() });
  }

  /** Throws SovfnError `stream-lost` when the sender breaks the rules. */
  accept(frame: ChunkFrame): void {
    this.#receiver.accept(frame);
  }

  finish(chunks: number): void {
    this.#receiver.finish(chunks);
  }

  /** The rest will not come. */
  fail(reason: Error): void {
    this.#failure ??= reason;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#receiver.take();
      if (chunk !== null) yield chunk;
      else if (this.#receiver.isEnded) return;
      else if (this.#failure !== null) throw this.#failure;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
