import { ChunkReceiver } from '@sovfn/bus/wire';
import type { ChunkFrame } from '@sovfn/protocol';
import type { AskBytes } from './held-bytes.ts';

/** The body of an ask that comes in frames, for one reader. It is read at the reader's pace: the cell sends against credits. */
export class FrameBody implements AsyncIterable<Uint8Array> {
  readonly #receiver: ChunkReceiver;
  readonly #bytes: Pick<AskBytes, 'hold' | 'giveBack'>;
  #failure: Error | null = null;
  #wake: () => void = () => undefined;

  /** `bytes`: is told of what waits here for the reader. */
  constructor(grant: (chunks: number) => void, bytes: Pick<AskBytes, 'hold' | 'giveBack'>) {
    this.#bytes = bytes;
    this.#receiver = new ChunkReceiver({ grant, onChunk: () => this.#wake() });
  }

  /** Throws SovfnError `stream-lost` when the sender breaks the rules, AskError when the cell's asks hold too much. */
  accept(frame: ChunkFrame): void {
    this.#bytes.hold(frame.bytes.length);
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
      if (chunk !== null) {
        this.#bytes.giveBack(chunk.length);
        yield chunk;
      } else if (this.#receiver.isEnded) return;
      else if (this.#failure !== null) throw this.#failure;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
