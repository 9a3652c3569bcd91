import {
  type DeadLetter,
  type EventDetail,
  type EventRecord,
  eventRecordSchema,
  PROTOCOL_VERSION,
  recordStream,
  recordSubject,
  SovfnError,
} from '@sovfn/protocol';
import type { EventAddress } from '../async/event-address.ts';
import type { EndedEvents } from '../ended/ended-events.ts';
import type { EventStreams } from './event-streams.ts';
import { summaryOfPending, summaryOfRecord } from './event-summary.ts';
import { shownRequest } from './shown-request.ts';
import { findStoredEvent, type StoredEvent } from './stored-event.ts';

export interface DetailSources {
  readonly streams: EventStreams;
  readonly ended: EndedEvents;
  /** Where outputs lie. */
  readonly outputs: string;
}

/** Everything that is known of one event. Throws `event-not-found`, `bad-message`, `bus-unavailable`. */
export async function readEventDetail(sources: DetailSources, of: EventAddress): Promise<EventDetail> {
  const { streams } = sources;
  const stored = await findStoredEvent(sources, of);
  // After the message: an event whose message was there a moment ago may have got its record since.
  const record = await readRecord(streams, of);
  if (record !== null) return detailOfRecord(record, stored, sources.outputs);
  if (stored !== null) return stored.letter === null ? detailOfPending(stored) : detailOfLetter(stored, stored.letter);
  throw new SovfnError('event-not-found', `nothing is known of event ${of.event}`);
}

/** From the leader; null: there is none yet, or not any more. */
export async function readRecord(streams: EventStreams, of: EventAddress): Promise<EventRecord | null> {
  const message = await streams.last(recordStream(of.zone), recordSubject(of, of.event));
  return message === null ? null : streams.openedRecord(eventRecordSchema.parse(message.json()));
}

function detailOfRecord(record: EventRecord, stored: StoredEvent | null, bucket: string): EventDetail {
  const { attempts: _, outcome: _outcome, status: _status, ...summary } = summaryOfRecord(record);
  const { zone, attempts, output: prefix, letter } = record;
  return {
    v: PROTOCOL_VERSION,
    ...{ ...summary, zone, attempts, letter },
    dueAt: stored?.dueAt?.toISOString() ?? null,
    output: prefix === null ? null : { bucket, prefix },
    request: stored === null ? null : shownRequest(stored.head),
  };
}

function detailOfPending({ head, body, dueAt }: StoredEvent): EventDetail {
  const { attempts: _, outcome: _outcome, status: _status, ...summary } = summaryOfPending(head, body);
  return {
    v: PROTOCOL_VERSION,
    ...{ ...summary, zone: head.zone, attempts: [], letter: null, output: null },
    dueAt: dueAt?.toISOString() ?? null,
    request: shownRequest(head),
  };
}

/** Letters outlive records. */
function detailOfLetter(stored: StoredEvent, { attempts, cause, diedAt: endedAt }: DeadLetter): EventDetail {
  const ended = { state: 'dead-lettered', endedAt, attempts, cause, letter: 'kept' } as const;
  return { ...detailOfPending(stored), ...ended };
}
