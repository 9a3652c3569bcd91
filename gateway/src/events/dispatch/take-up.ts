import type { JsMsg } from '@nats-io/jetstream';
import type { Delivery } from './delivery.ts';
import type { HeldMessages } from './held-messages.ts';

export interface TakeUpOptions<Taken> {
  readonly held: HeldMessages;
  /** Whose messages they are: a function's lane. */
  readonly group: string;
  /** Aborted: nothing is taken any more. */
  readonly signal: AbortSignal;
  /** Throws for a message that is none. */
  readonly decode: (data: Buffer) => Taken;
  readonly onUnreadable: (message: JsMsg, error: unknown) => void;
  /**
   * Where order counts, no message may go back while later ones stay: one for which there is no room is held all the same,
   * without its bytes. Left out: it is given back.
   */
  readonly withoutBytes?: (message: JsMsg) => Delivery;
}

export interface TakenUp<Taken> {
  readonly message: Delivery;
  readonly taken: Taken;
  /** False: what was decoded must be let go, and read again when it is needed. */
  readonly hasBytes: boolean;
}

/** Also how long the library waits before it pulls again after a restart of the server. Milliseconds. */
export const PULL_MS = 5_000;
/** A message that cannot be taken now. Milliseconds. */
const CROWDED_MS = 1_000;

/** What a message holds, which is held from now on; null: it was given back, or dealt with. */
export function takeUp<Taken>(message: JsMsg, options: TakeUpOptions<Taken>): TakenUp<Taken> | null {
  const { held, group, signal, decode, onUnreadable, withoutBytes } = options;
  if (signal.aborted) {
    message.nak();
    return null;
  }
  const { length } = message.data;
  const hasRoom = held.hasRoom(length, group);
  if (!hasRoom && withoutBytes === undefined) {
    message.nak(CROWDED_MS);
    return null;
  }
  let taken: Taken;
  try {
    taken = decode(Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength));
  } catch (error) {
    onUnreadable(message, error);
    return null;
  }
  const kept = hasRoom || withoutBytes === undefined ? message : withoutBytes(message);
  held.hold(kept, group, hasRoom ? length : 0);
  return { message: kept, taken, hasBytes: hasRoom };
}
