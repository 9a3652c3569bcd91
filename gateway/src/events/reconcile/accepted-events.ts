import {
  eventMarkerSchema,
  eventStream,
  type FunctionAddress,
  functionMarkersSubject,
  functionQueueMarkersSubject,
  queueStream,
  jsonOrNull,
} from '@sovfn/protocol';
import type { EventStreams } from '../history/event-streams.ts';
import type { EventPlace } from '../history/newest-ids.ts';

export interface AcceptedBatch {
  readonly ids: readonly string[];
  /** Why, one for each marker that cannot be read. */
  readonly unreadable: readonly string[];
}

const BATCH = 1_000;

/**
 * The events and messages of queues of a function that its markers name, up to those accepted at `until`. Throws
 * `bus-unavailable`.
 */
export async function* acceptedEvents(
  streams: EventStreams,
  of: FunctionAddress,
  until: Date,
): AsyncGenerator<AcceptedBatch> {
  yield* markedIn(streams, { stream: eventStream(of.zone), filter: functionMarkersSubject(of) }, until);
  yield* markedIn(streams, { stream: queueStream(of.zone), filter: functionQueueMarkersSubject(of) }, until);
}

async function* markedIn(
  streams: EventStreams,
  { stream, filter }: EventPlace,
  until: Date,
): AsyncGenerator<AcceptedBatch> {
  for (let from = 1; ;) {
    const messages = await streams.batch(stream, filter, { from, most: BATCH });
    if (messages.length === 0) return;
    const ids: string[] = [];
    const unreadable: string[] = [];
    for (const { data, sequence } of messages) {
      from = sequence + 1;
      const marker = eventMarkerSchema.safeParse(jsonOrNull(Buffer.from(data).toString('utf8')));
      if (!marker.success) unreadable.push(`the marker with sequence ${sequence} cannot be read`);
      else if (Date.parse(marker.data.acceptedAt) <= until.getTime()) ids.push(marker.data.id);
    }
    yield { ids, unreadable };
  }
}
