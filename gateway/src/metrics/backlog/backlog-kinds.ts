/** What may wait on the bus for the functions of a zone, and where it lies. */
import {
  deadLetterStream,
  eventStream,
  type FunctionAddress,
  functionDeadLettersSubject,
  functionDelayedEventsSubject,
  functionDelayedQueueSubject,
  functionEventsSubject,
  functionQueueSubject,
  functionSpillEndsSubject,
  queueStream,
  spillEndsSubject,
  spillStream,
  zoneDeadLettersSubject,
  zoneDelayedEventsSubject,
  zoneDelayedQueueSubject,
  zoneEventsSubject,
  zoneQueueSubject,
} from '@sovfn/protocol';

interface Place {
  readonly stream: (zone: string) => string;
  /** Everything of a zone. */
  readonly all: (zone: string) => string;
  readonly ofFunction: (of: FunctionAddress) => string;
  /** Tokens of the subject behind its `<tenant>.<function>.<id>`. */
  readonly tail: number;
}

export const BACKLOG = {
  /** Due, and not ended. */
  events: { stream: eventStream, all: zoneEventsSubject, ofFunction: functionEventsSubject, tail: 0 },
  delayedEvents: {
    stream: eventStream,
    all: zoneDelayedEventsSubject,
    ofFunction: functionDelayedEventsSubject,
    tail: 0,
  },
  messages: { stream: queueStream, all: zoneQueueSubject, ofFunction: functionQueueSubject, tail: 0 },
  delayedMessages: {
    stream: queueStream,
    all: zoneDelayedQueueSubject,
    ofFunction: functionDelayedQueueSubject,
    tail: 0,
  },
  deadLetters: {
    stream: deadLetterStream,
    all: zoneDeadLettersSubject,
    ofFunction: functionDeadLettersSubject,
    tail: 0,
  },
  /** Complete, and not yet in the object store. */
  outputs: { stream: spillStream, all: spillEndsSubject, ofFunction: functionSpillEndsSubject, tail: 1 },
} as const satisfies Record<string, Place>;

export type BacklogKind = keyof typeof BACKLOG;
export const BACKLOG_KINDS = Object.keys(BACKLOG) as BacklogKind[];
