import type { JsMsg } from '@nats-io/jetstream';
import { isSovfnError } from '@sovfn/protocol';
import type { Delivery } from './delivery.ts';
import type { HeldMessages } from './held-messages.ts';
import type { InOrder } from './in-order.ts';

export interface TakeUpOptions<Taken> {
  readonly held: HeldMessages;
  /** Whose messages they are: a function's lane. */
  readonly group: string;
  /** Aborted: nothing is taken any more. */
  readonly signal: AbortSignal;
  /** Keeps the order of messages whose key must be waited for. */
  readonly inOrder: InOrder;
  /** Throws, or rejects, for a message that is none. With `key-unavailable` it comes again. */
  readonly decode: (data: Buffer) => Taken | Promise<Taken>;
  /** Gets what the message holds, which is held from now on. */
  readonly take: (found: TakenUp<Taken>) => void;
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
/** One whose key cannot be had. Milliseconds. */
const NO_KEY_MS = 5_000;

/** Takes a message, gives it back, or has it dealt with. */
export function takeUp<Taken>(message: JsMsg, options: TakeUpOptions<Taken>): void {
  const { held, group, signal, inOrder, take, onUnreadable, withoutBytes } = options;
  if (signal.aborted) return message.nak();
  const { length } = message.data;
  const hasRoom = held.hasRoom(length, group);
  if (!hasRoom && withoutBytes === undefined) return message.nak(CROWDED_MS);
  const kept = hasRoom || withoutBytes === undefined ? message : withoutBytes(message);
  held.hold(kept, group, hasRoom ? length : 0);
  const refuse = (error: unknown): void => {
    held.release(kept);
    if (error === null) message.nak();
    else if (isSovfnError(error) && error.code === 'key-unavailable') message.nak(NO_KEY_MS);
    else onUnreadable(message, error);
  };
  const takeOrRefuse = (taken: Taken): void =>
    signal.aborted ? refuse(null) : take({ message: kept, taken, hasBytes: hasRoom });
  inOrder.add(decoded(message, options), takeOrRefuse, refuse);
}

/** What `decode` throws becomes a rejection, so that it keeps its place. */
function decoded<Taken>({ data }: JsMsg, { decode }: TakeUpOptions<Taken>): Taken | Promise<Taken> {
  try {
    return decode(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}
