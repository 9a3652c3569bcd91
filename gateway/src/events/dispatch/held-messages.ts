import type { JsMsg } from '@nats-io/jetstream';

/** What the messages that a gateway holds may have together. Bytes. */
const HELD_BYTES = 256 * 1024 * 1024;

/** Tells the server again and again that messages are being worked on, so that it gives them to nobody else. */
export class HeldMessages {
  readonly #messages = new Set<JsMsg>();
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  /** `ackMs`: how long the server waits for a sign. */
  constructor(ackMs: number) {
    this.#timer = setInterval(() => {
      for (const message of this.#messages) message.working();
    }, ackMs / 4);
    this.#timer.unref();
  }

  /** A single message is always taken. */
  hasRoom(message: JsMsg): boolean {
    return this.#messages.size === 0 || this.#bytes + message.data.length <= HELD_BYTES;
  }

  hold(message: JsMsg): void {
    this.#messages.add(message);
    this.#bytes += message.data.length;
  }

  /** Before or after the message is acknowledged or given back. */
  release(message: JsMsg): void {
    if (this.#messages.delete(message)) this.#bytes -= message.data.length;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#messages.clear();
  }
}
