import {
  deadLetterStream,
  eventStream,
  eventTraces,
  functionOfSubject,
  queueStream,
  recordStream,
  SovfnError,
} from '@sovfn/protocol';
import type { EventAddress } from '../async/event-address.ts';
import type { EventStreams } from './event-streams.ts';

export interface SearchedPlaces {
  readonly zones: readonly string[];
  readonly tenant: string;
}

/** Finds an event of a tenant by its id alone. Throws `event-not-found` or `bus-unavailable`. */
export async function searchEvent(
  streams: EventStreams,
  { zones, tenant }: SearchedPlaces,
  event: string,
): Promise<EventAddress> {
  for (const zone of zones) {
    for (const { stream, filter } of tracesIn(zone, tenant, event)) {
      const message = await streams.last(stream, filter);
      if (message !== null) return { zone, tenant, function: functionOfSubject(message.subject), event };
    }
  }
  throw new SovfnError('event-not-found', `nothing is known of event ${event}`, {
    hint: 'Records of events that have ended are kept for 30 days; `sovfn events list <function>` shows them.',
  });
}

/** The record first and last: an event may get one between the looks. */
function tracesIn(zone: string, tenant: string, event: string) {
  const traces = eventTraces(zone, tenant, event);
  const record = { stream: recordStream(zone), filter: traces.record };
  return [
    record,
    { stream: eventStream(zone), filter: traces.due },
    { stream: eventStream(zone), filter: traces.delayed },
    { stream: queueStream(zone), filter: traces.queued },
    { stream: queueStream(zone), filter: traces.delayedQueued },
    record,
    { stream: deadLetterStream(zone), filter: traces.deadLetter },
  ];
}
