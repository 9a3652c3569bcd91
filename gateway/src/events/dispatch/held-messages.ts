import type { JsMsg } from '@nats-io/jetstream';

/** What the messages that a gateway holds may have together. Bytes. */
const HELD_BYTES = 256 * 1024 * 1024;
/** What those of one group may have, so that a few that wait for long leave room for the others. Bytes. */
const GROUP_BYTES = HELD_BYTES / 8;

/** Tells the server again and again that messages are being worked on, so that it gives them to nobody else. */
export class HeldMessages {
  /** With the group of each. */
  readonly #messages = new Map<JsMsg, string>();
  readonly #groupBytes = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  /** `ackMs`: how long the server waits for a sign. */
  constructor(ackMs: number) {
    this.#timer = setInterval(() => {
      for (const message of this.#messages.keys()) message.working();
    }, ackMs / 4);
    this.#timer.unref();
  }

  /** A single message of a group is always taken, unless the others have all the room. */
  hasRoom({ data }: JsMsg, group: string): boolean {
    if (this.#messages.size === 0) return true;
    const ofGroup = this.#groupBytes.get(group) ?? 0;
    const fitsGroup = ofGroup === 0 || ofGroup + data.length <= GROUP_BYTES;
    return fitsGroup && this.#bytes + data.length <= HELD_BYTES;
  }

  /** `group`: a function's lane. */
  hold(message: JsMsg, group: string): void {
    this.#messages.set(message, group);
    this.#count(group, message.data.length);
  }

  /** Before or after the message is acknowledged or given back. */
  release(message: JsMsg): void {
    const group = this.#messages.get(message);
    if (group === undefined) return;
    this.#messages.delete(message);
    this.#count(group, -message.data.length);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#messages.clear();
  }

  #count(group: string, bytes: number): void {
    this.#bytes += bytes;
    const ofGroup = (this.#groupBytes.get(group) ?? 0) + bytes;
    if (ofGroup === 0) this.#groupBytes.delete(group);
    else this.#groupBytes.set(group, ofGroup);
  }
}
