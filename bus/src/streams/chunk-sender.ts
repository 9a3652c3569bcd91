import { CHUNK_BYTES, encodeChunk } from '@sovfn/protocol';
import { countChunkBytes } from './chunk-garbage.ts';

/**
 * The sending end of a streamed body. It sends a chunk only against a credit; what has none waits here, and `hasRoom`
 * is false until the queue is empty, so the caller's memory is bounded by what it writes after being told to stop.
 * Nothing is awaited: the owner watches for a silent peer.
 */
/** The connection the chunks leave by: a fast peer's credits must not fill the memory of a slow connection. */
export interface Pace {
  readonly isCongested: boolean;
  /** Calls back once, when the connection is no longer congested or is closed. */
  onceDrained(callback: () => void): void;
}

export interface ChunkSenderOptions {
  readonly pace: Pace;
  /** Credits at the start. */
  readonly credits: number;
  readonly send: (frame: Buffer) => void;
  /** The queue is empty again after `write` returned false. */
  readonly onRoom: () => void;
}

export class ChunkSender {
  readonly #options: ChunkSenderOptions;
  #credits: number;
  #sequence = 0;
  #queue: Uint8Array[] = [];
  #isStopped = false;
  #owesRoom = false;
  #isPaused = false;

  constructor(options: ChunkSenderOptions) {
    this.#options = options;
    this.#credits = options.credits;
  }

  get hasRoom(): boolean {
    return this.#queue.length === 0 && this.#credits > 0 && !this.#isPaused;
  }

  /** Chunks sent so far: what the end frame must say. */
  get chunks(): number {
    return this.#sequence;
  }

  /** True when everything written has been sent. */
  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Sends or queues the bytes in chunks. They must not be changed afterwards. False: wait for `onRoom`. */
  write(bytes: Uint8Array): boolean {
    if (this.#isStopped) return true;
    countChunkBytes(bytes.length);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) this.#queue.push(bytes.subarray(at, at + CHUNK_BYTES));
    this.#sendQueued();
    this.#owesRoom = !this.hasRoom;
    return !this.#owesRoom;
  }

  grant(chunks: number): void {
    if (this.#isStopped) return;
    this.#credits += chunks;
    this.#sendOn();
  }

  /** Drops what is queued; nothing is sent any more. */
  stop(): void {
    this.#isStopped = true;
    this.#queue = [];
  }

  #sendOn(): void {
    this.#sendQueued();
    if (this.#owesRoom && this.hasRoom) {
      this.#owesRoom = false;
      this.#options.onRoom();
    }
  }

  #sendQueued(): void {
    let sent = 0;
    while (sent < this.#queue.length && this.#credits > 0 && !this.#isPaused) {
      this.#credits--;
      this.#options.send(encodeChunk(this.#sequence++, this.#queue[sent++]!));
      if (this.#options.pace.isCongested) this.#pause();
    }
    if (sent > 0) this.#queue.splice(0, sent);
  }

  #pause(): void {
    this.#isPaused = true;
    this.#options.pace.onceDrained(() => {
      this.#isPaused = false;
      if (!this.#isStopped) this.#sendOn();
    });
  }
}
