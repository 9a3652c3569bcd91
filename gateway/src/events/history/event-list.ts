/** Lists the events of a function, newest first, those that wait for their first attempt included. */
import {
  decodeEvent,
  type EventRecord,
  type EventState,
  type EventSummary,
  type EventTrigger,
  eventRecordSchema,
  type FunctionAddress,
  invocationIdFloor,
  recordStream,
  recordSubject,
} from '@sovfn/protocol';
import { placesOfFunction, placesOfMessage } from './event-places.ts';
import type { EventStreams } from './event-streams.ts';
import { summaryOfPending, summaryOfRecord } from './event-summary.ts';
import { newestIds } from './newest-ids.ts';
import { type NewestPage, type ReadItem, readItem, readNewestPage } from './newest-page.ts';

/** A function, in every zone where it may have left something. */
export interface FunctionInZones {
  readonly zones: readonly string[];
  readonly tenant: string;
  readonly function: string;
}

/** What is wanted; null: whatever. */
export interface EventFilter {
  readonly states: readonly EventState[] | null;
  readonly trigger: EventTrigger | null;
  readonly source: string | null;
  /** Accepted at that time or later. */
  readonly from: Date | null;
  /** Accepted before that time. */
  readonly to: Date | null;
}

export interface EventRange extends EventFilter {
  readonly limit: number;
  /** Only events that were accepted before this one. */
  readonly before: string | null;
}

/** Throws `bus-unavailable`. */
export async function listEvents(
  streams: EventStreams,
  of: FunctionInZones,
  range: EventRange,
): Promise<NewestPage<EventSummary>> {
  const addresses = addressesOf(of);
  return readNewestPage({
    ids: newestIds(streams, addresses.flatMap(placesOfFunction), beforeOf(range)),
    limit: range.limit,
    oldest: range.from === null ? null : invocationIdFloor(range.from.getTime()),
    read: (id) => firstFound(addresses, (address) => find(streams, address, id)),
    fits: (summary) => fits(summary, range),
  });
}

export function addressesOf({ zones, tenant, function: name }: FunctionInZones): FunctionAddress[] {
  return zones.map((zone) => ({ zone, tenant, function: name }));
}

/** What `find` gives for the first address for which it gives anything. */
export async function firstFound<T>(
  addresses: readonly FunctionAddress[],
  find: (address: FunctionAddress) => Promise<T | null>,
): Promise<T | null> {
  for (const address of addresses) {
    const found = await find(address);
    if (found !== null) return found;
  }
  return null;
}

function beforeOf({ before, to }: EventRange): string | null {
  const bounds = [before, to === null ? null : invocationIdFloor(to.getTime())].filter((bound) => bound !== null);
  return bounds.toSorted()[0] ?? null;
}

function fits(summary: EventSummary, { states, trigger, source }: EventFilter): boolean {
  return (
    (states === null || states.includes(summary.state)) &&
    (trigger === null || summary.trigger === trigger) &&
    (source === null || summary.source === source)
  );
}

async function find(streams: EventStreams, of: FunctionAddress, event: string): Promise<ReadItem<EventSummary> | null> {
  const recorded = await findRecord(streams, of, event);
  if (recorded !== null) return recorded;
  for (const { stream, filter } of placesOfMessage(of, event)) {
    const message = await streams.lastAnywhere(stream, filter);
    if (message !== null) return readItem(message.data, async () => readPending(await streams.opened(message)));
  }
  // It may have begun between the looks.
  return findRecord(streams, of, event);
}

async function findRecord(streams: EventStreams, of: FunctionAddress, event: string) {
  const message = await streams.lastAnywhere(recordStream(of.zone), recordSubject(of, event));
  if (message === null) return null;
  return readItem(message.data, async (data) => summaryOfRecord(await streams.openedRecord(parseRecord(data))));
}

function parseRecord(data: Buffer): EventRecord {
  return eventRecordSchema.parse(JSON.parse(data.toString('utf8')));
}

function readPending(data: Buffer): EventSummary {
  const { head, body } = decodeEvent(data);
  return summaryOfPending(head, body);
}
