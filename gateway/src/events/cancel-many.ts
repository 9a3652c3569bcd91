/** Cancels the events of a function that a filter fits, a page at a time. */
import { type EventState, isSovfnError } from '@sovfn/protocol';
import type { EventStops } from './dispatch/event-stops.ts';
import { addressesOf, type EventRange, type FunctionInZones, listEvents } from './history/event-list.ts';
import type { EventStreams } from './history/event-streams.ts';
import { readInOrder } from './history/read-in-order.ts';

export interface CancelledPage {
  /** With the state in which each has ended: it may have ended otherwise before. */
  readonly cancelled: readonly { readonly event: string; readonly state: EventState }[];
  /** Where to go on; null: there are no older ones. */
  readonly next: string | null;
}

/** Throws `bus-unavailable`; what it has done by then stays done. */
export async function cancelMany(
  { streams, stops }: { readonly streams: EventStreams; readonly stops: EventStops },
  of: FunctionInZones,
  range: EventRange,
): Promise<CancelledPage> {
  const { items, next } = await listEvents(streams, of, range);
  const ends = await readInOrder(items, async ({ event }) => ({ event, state: await cancel(stops, of, event) }));
  return { cancelled: ends.flatMap(({ event, state }) => (state === null ? [] : [{ event, state }])), next };
}

/** Null: nothing is known of it any more. */
async function cancel(stops: EventStops, of: FunctionInZones, event: string): Promise<EventState | null> {
  for (const address of addressesOf(of)) {
    try {
      return await stops.cancel(address, event);
    } catch (error) {
      if (!isSovfnError(error) || error.code !== 'event-not-found') throw error;
    }
  }
  return null;
}
