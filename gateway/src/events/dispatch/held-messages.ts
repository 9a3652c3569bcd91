import type { Delivery } from './delivery.ts';

/** What the messages that a gateway holds may have together. Bytes. */
const HELD_BYTES = 256 * 1024 * 1024;
/** What those of one group may have, so that a few that wait for long leave room for the others. Bytes. */
const GROUP_BYTES = HELD_BYTES / 8;

/** Tells the server again and again that messages are being worked on, so that it gives them to nobody else. */
export class HeldMessages {
  readonly #messages = new Map<Delivery, { readonly group: string; readonly bytes: number }>();
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
  hasRoom(bytes: number, group: string): boolean {
    if (this.#messages.size === 0) return true;
    const ofGroup = this.#groupBytes.get(group) ?? 0;
    const fitsGroup = ofGroup === 0 || ofGroup + bytes <= GROUP_BYTES;
    return fitsGroup && this.#bytes + bytes <= HELD_BYTES;
  }

  /** `group`: a function's lane. `bytes`: what of the message is kept. */
  hold(message: Delivery, group: string, bytes: number): void {
    this.#messages.set(message, { group, bytes });
    this.#count(group, bytes);
  }

  /** Before or after the message is acknowledged or given back. */
  release(message: Delivery): void {
    const held = this.#messages.get(message);
    if (held === undefined) return;
    this.#messages.delete(message);
    this.#count(held.group, -held.bytes);
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
