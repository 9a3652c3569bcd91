/**
 * What the event of a dead letter asked for. A letter of a message that could not be read holds its bytes, which may be
 * readable by now: to a gateway of a newer version, or when a key has come back.
 */
import {
  type DeadLetter,
  decodeEvent,
  EVENT_INLINE_BYTES,
  type EventHead,
  eventSubject,
  functionOfEvent,
  isSovfnError,
  ProtocolError,
  queueSubject,
  SovfnError,
} from '@sovfn/protocol';
import type { EventAddress } from '../async/event-address.ts';
import { assertOwn } from '../queues/own-message.ts';
import type { SealedEvents } from '../sealed-events.ts';

export interface LetterContents {
  readonly head: EventHead;
  readonly body: Buffer;
}

/** Throws `event-not-kept`, with the reason, or `key-unavailable`. */
export async function contentsOf(
  of: EventAddress,
  { letter, body }: { readonly letter: DeadLetter; readonly body: Buffer },
  sealed: SealedEvents,
): Promise<LetterContents> {
  if (!letter.isUnreadable) return { head: letter.event, body };
  if (body.length >= EVENT_INLINE_BYTES) {
    throw unreadable(of, `only the first ${body.length} bytes of its message are kept`);
  }
  try {
    return await readAgain(of, letter, body, sealed);
  } catch (error) {
    if (isSovfnError(error) && error.code === 'key-unavailable') throw error;
    throw unreadable(of, error instanceof Error ? error.message : String(error), error);
  }
}

async function readAgain(
  of: EventAddress,
  { event: { trigger } }: DeadLetter,
  message: Buffer,
  sealed: SealedEvents,
): Promise<LetterContents> {
  const isQueue = trigger === 'queue';
  const subject = isQueue ? queueSubject(of, of.event) : eventSubject(of, 'any', of.event);
  const found = decodeEvent(await sealed.open(subject, message));
  if (isQueue) assertOwn(found.head, subject, of);
  else if (!isOf(of, found.head)) throw new ProtocolError(`its message is the one of event ${found.head.id}`);
  return found;
}

function isOf({ zone, tenant, function: name, event }: EventAddress, head: EventHead): boolean {
  const found = functionOfEvent(head);
  return head.id === event && found.zone === zone && found.tenant === tenant && found.function === name;
}

function unreadable({ event }: EventAddress, reason: string, cause?: unknown): SovfnError {
  return new SovfnError('event-not-kept', `what event ${event} asked for cannot be read: ${reason}`, {
    cause,
    hint:
      'Redrive it when gateways run the version that wrote it, or its key is back; else send it again where it came from, ' +
      `and let the letter go: sovfn dlq purge ${event}.`,
  });
}
