import {
  delayedEventSubject,
  delayedQueueSubject,
  EVENT_LANES,
  eventStream,
  eventSubject,
  functionDelayedEventsSubject,
  functionDelayedQueueSubject,
  functionQueueSubject,
  type FunctionAddress,
  functionRecordsSubject,
  laneEventsSubject,
  queueStream,
  queueSubject,
  recordStream,
} from '@sovfn/protocol';
import type { EventPlace } from './newest-ids.ts';

/** Where the events of a function are, in the order in which they move: delayed, due, recorded. */
export function placesOfFunction(of: FunctionAddress): EventPlace[] {
  const [events, queue] = [eventStream(of.zone), queueStream(of.zone)];
  return [
    { stream: events, filter: functionDelayedEventsSubject(of) },
    { stream: queue, filter: functionDelayedQueueSubject(of) },
    ...EVENT_LANES.map((lane) => ({ stream: events, filter: laneEventsSubject(of, lane) })),
    { stream: queue, filter: functionQueueSubject(of) },
    { stream: recordStream(of.zone), filter: functionRecordsSubject(of) },
  ];
}

/** Where the message of an event that has not ended may be. Delayed ones twice: NATS may make one due between two looks. */
export function placesOfMessage(of: FunctionAddress, event: string): EventPlace[] {
  const [events, queue] = [eventStream(of.zone), queueStream(of.zone)];
  const due = [
    ...EVENT_LANES.map((lane) => ({ stream: events, filter: eventSubject(of, lane, event) })),
    { stream: queue, filter: queueSubject(of, event) },
  ];
  return [
    ...due,
    { stream: events, filter: delayedEventSubject(of, event) },
    { stream: queue, filter: delayedQueueSubject(of, event) },
    ...due,
  ];
}
