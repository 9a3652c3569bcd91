/** Finds what was accepted: the message of an event, wherever it is kept by now. */
import type { StoredMsg } from '@nats-io/jetstream';
import {
  type DeadLetter,
  deadLetterStream,
  deadLetterSubject,
  decodeDeadLetter,
  decodeEvent,
  type EventHead,
} from '@sovfn/protocol';
import type { EventAddress } from '../async/event-address.ts';
import type { EndedEvents } from '../ended/ended-events.ts';
import { placesOfMessage } from './event-places.ts';
import type { EventStreams } from './event-streams.ts';

export interface StoredEvent {
  readonly head: EventHead;
  /** Empty when the head refers to an object. */
  readonly body: Buffer;
  /** When it becomes due, of one that waits for its time or its next attempt. */
  readonly dueAt: Date | null;
  /** Null unless it is a dead letter. */
  readonly letter: DeadLetter | null;
}

/** Null: it has ended, and is not kept any more. Throws `bad-message` or `bus-unavailable`. */
export async function findStoredEvent(
  { streams, ended }: { readonly streams: EventStreams; readonly ended: EndedEvents },
  of: EventAddress,
): Promise<StoredEvent | null> {
  for (const { stream, filter } of placesOfMessage(of, of.event)) {
    const message = await streams.last(stream, filter);
    if (message !== null)
      return { ...decodeEvent(await streams.opened(message)), dueAt: dueTime(message), letter: null };
  }
  // In the order in which an event is let go: it is kept elsewhere before its message is removed.
  const dead = await streams.last(deadLetterStream(of.zone), deadLetterSubject(of, of.event));
  if (dead !== null) {
    const { letter, body } = decodeDeadLetter(await streams.opened(dead));
    return { head: letter.event, body, dueAt: null, letter };
  }
  const kept = await ended.read(of);
  return kept === null ? null : { ...kept, dueAt: null, letter: null };
}

const AT = '@at ';

function dueTime({ header }: StoredMsg): Date | null {
  const schedule = header.get('Nats-Schedule');
  return schedule.startsWith(AT) ? new Date(schedule.slice(AT.length)) : null;
}
