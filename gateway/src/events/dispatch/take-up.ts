import type { JsMsg } from '@nats-io/jetstream';
import type { Log } from '../../logger.ts';
import { logEventUnreadable } from './events.ts';
import type { HeldMessages } from './held-messages.ts';

export interface TakeUpOptions<Taken> {
  readonly held: HeldMessages;
  /** Whose messages they are: a function's lane. */
  readonly group: string;
  readonly log: Log;
  /** Aborted: nothing is taken any more. */
  readonly signal: AbortSignal;
  /** Throws for a message that is none. */
  readonly decode: (data: Buffer) => Taken;
}

/** Also how long the library waits before it pulls again after a restart of the server. Milliseconds. */
export const PULL_MS = 5_000;
/** A message that cannot be taken now, or by this version of the gateway. Milliseconds. */
const CROWDED_MS = 1_000;
const UNREADABLE_MS = 60_000;

/** What a message holds, which is held from now on; null: it was given back. */
export function takeUp<Taken>(
  message: JsMsg,
  { held, group, log, signal, decode }: TakeUpOptions<Taken>,
): Taken | null {
  if (signal.aborted) {
    message.nak();
    return null;
  }
  if (!held.hasRoom(message, group)) {
    message.nak(CROWDED_MS);
    return null;
  }
  try {
    const taken = decode(Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength));
    held.hold(message, group);
    return taken;
  } catch (error) {
    logEventUnreadable(log, message.subject, error);
    message.nak(UNREADABLE_MS);
    return null;
  }
}
