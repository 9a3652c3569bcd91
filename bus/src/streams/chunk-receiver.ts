import { type ChunkFrame, CREDIT_STEP, SovfnError, STREAM_WINDOW } from '@sovfn/protocol';
import { countChunkBytes } from './chunk-garbage.ts';

/**
 * The receiving end of a streamed body: checks that no chunk is missing, keeps at most STREAM_WINDOW chunks, and grants
 * the sender new credits as they are taken. The sender starts with STREAM_WINDOW credits.
 */
export interface ChunkReceiverOptions {
  readonly grant: (chunks: number) => void;
  /** There is something to take, or the end is known. */
  readonly onChunk: () => void;
}

export class ChunkReceiver {
  readonly #options: ChunkReceiverOptions;
  #queue: Buffer[] = [];
  #nextSequence = 0;
  #taken = 0;
  #isFinished = false;

  constructor(options: ChunkReceiverOptions) {
    this.#options = options;
  }

  /** Nothing is left and nothing will come. */
  get isEnded(): boolean {
    return this.#isFinished && this.#queue.length === 0;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Keeps the chunk's bytes, which must not change. Throws `stream-lost` on a gap, after the end, or when the sender ignores its credits. */
  accept(frame: ChunkFrame): void {
    if (this.#isFinished) throw streamLost(`chunk ${frame.sequence} came after the end`);
    if (frame.sequence !== this.#nextSequence) {
      throw streamLost(`chunk ${frame.sequence} came where chunk ${this.#nextSequence} was due`);
    }
    if (this.#queue.length >= STREAM_WINDOW)
      throw streamLost(`more than ${STREAM_WINDOW} chunks came without a credit`);
    this.#nextSequence++;
    const { buffer, byteOffset, byteLength } = frame.bytes;
    this.#queue.push(Buffer.from(buffer, byteOffset, byteLength));
    countChunkBytes(byteLength);
    this.#options.onChunk();
  }

  /** The sender has sent `chunks` in all. Throws `stream-lost` when that is not what came. */
  finish(chunks: number): void {
    if (chunks !== this.#nextSequence) throw streamLost(`${this.#nextSequence} of ${chunks} chunks came`);
    this.#isFinished = true;
    this.#options.onChunk();
  }

  /** The next chunk, or null when there is none now. */
  take(): Buffer | null {
    const chunk = this.#queue.shift();
    if (chunk === undefined) return null;
    if (++this.#taken % CREDIT_STEP === 0 && !this.#isFinished) this.#options.grant(CREDIT_STEP);
    return chunk;
  }
}

function streamLost(what: string): SovfnError {
  return new SovfnError('stream-lost', `a streamed body is damaged: ${what}`);
}
