import { type BundledMessage, bundleSubject, encodeBundle, replyPrefixOf } from '@sovfn/protocol';
import { BUNDLED_BYTES, Bundler } from './bundler.ts';
import type { WireConnection } from './connection.ts';

/**
 * A cell's way back to the gateways: frames to the same one that are made in the same turn of the event loop leave in one
 * message. Frames to one gateway arrive in the order in which they were sent.
 */
export class Replies {
  readonly #connection: WireConnection;
  readonly #bundler: Bundler<BundledMessage>;

  constructor(connection: WireConnection) {
    this.#connection = connection;
    this.#bundler = new Bundler({ turn: connection, send: (prefix, frames) => this.#publish(prefix, frames) });
  }

  /** Drops the frame when the bus is gone: the cell ends then. */
  send(reply: string, frame: Buffer): void {
    if (!this.#connection.isOpen) return;
    const prefix = replyPrefixOf(reply);
    if (frame.length <= BUNDLED_BYTES) {
      this.#bundler.add(prefix, { name: reply.slice(prefix.length), message: frame }, frame.length);
    } else {
      this.#bundler.send(prefix);
      this.#connection.publish(reply, frame);
    }
  }

  #publish(prefix: string, frames: readonly BundledMessage[]): void {
    if (!this.#connection.isOpen) return;
    const [first] = frames as readonly [BundledMessage];
    const reply = prefix + first.name;
    if (frames.length === 1) this.#connection.publish(reply, first.message);
    else this.#connection.publish(bundleSubject(reply), encodeBundle(frames));
  }
}
