import { ChunkSender } from '@sovfn/bus/wire';
import { encodeEnd } from '@sovfn/protocol';
import type { CallPeer } from './call-peer.ts';

const NO_USE = { cpuUs: 0, wallUs: 0 };

/** The part of a request body that did not fit into the call: chunks against the cell's credits, then the end frame. */
export class BodyUpload {
  readonly #peer: CallPeer;
  readonly #sender: ChunkSender;
  #isComplete = false;
  #isEndSent = false;

  constructor(peer: CallPeer, onRoom: () => void) {
    this.#peer = peer;
    this.#sender = new ChunkSender({
      credits: 0,
      pace: peer.pace,
      send: (frame) => peer.send(frame),
      onRoom: () => {
        this.#sendEnd();
        onRoom();
      },
    });
  }

  /** Chunks are under way: the call cannot be sent elsewhere, because they are not kept. */
  get hasBegun(): boolean {
    return this.#sender.chunks > 0;
  }

  /** The bytes must not change afterwards. False: wait for `onRoom`. */
  write(bytes: Uint8Array): boolean {
    return this.#sender.write(bytes);
  }

  grant(chunks: number): void {
    this.#sender.grant(chunks);
    this.#sendEnd();
  }

  /** Nothing more will be written. */
  complete(): void {
    this.#isComplete = true;
    this.#sendEnd();
  }

  stop(): void {
    this.#isEndSent = true;
    this.#sender.stop();
  }

  #sendEnd(): void {
    if (!this.#isComplete || this.#isEndSent || !this.#sender.isEmpty || this.#peer.runner === null) return;
    this.#isEndSent = true;
    this.#peer.send(encodeEnd({ outcome: 'ok', chunks: this.#sender.chunks, ...NO_USE }));
  }
}
