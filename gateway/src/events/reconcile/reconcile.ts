/**
 * Compares what was accepted with what became of it, for one function: every marker of the last 72 hours must have an event
 * that has ended or waits, every dead letter must be there, every output that a record names must be in the object store.
 *
 * Events move while it looks: what seems wrong is looked at again, from the leaders of the streams, before it is named.
 * Memory is bounded by what waits and by one batch of markers, however many were accepted; time grows with their number.
 * Messages of queues are marked by the nodes that send them. Hostile: a node can mark a message that there never was.
 */
import {
  deadLetterStream,
  deadLetterSubject,
  type Disagreement,
  type EventRecord,
  eventRecordSchema,
  type FunctionAddress,
  MARKER_TTL_MS,
  MOST_DISAGREEMENTS,
  type Reconciliation,
  recordStream,
  recordSubject,
  TERMINAL_STATES,
  jsonOrNull,
} from '@sovfn/protocol';
import { addressesOf, type FunctionInZones } from '../history/event-list.ts';
import { placesOfFunction, placesOfMessage } from '../history/event-places.ts';
import type { EventStreams } from '../history/event-streams.ts';
import { newestIds } from '../history/newest-ids.ts';
import { readInOrder } from '../history/read-in-order.ts';
import { acceptedEvents } from './accepted-events.ts';
import type { StoredOutputsCheck } from './stored-outputs-check.ts';

export interface ReconcileOptions {
  readonly streams: EventStreams;
  /** Null: outputs are not compared. */
  readonly outputs: StoredOutputsCheck | null;
  /** Ends it. */
  readonly signal: AbortSignal;
}

type Found = Reconciliation['disagreements'][number];

interface Tally {
  accepted: number;
  ended: number;
  pending: number;
  readonly found: Found[];
  count: number;
}

/** Throws `bus-unavailable`, `store-unavailable`, or what the signal is aborted with. */
export async function reconcile(options: ReconcileOptions, of: FunctionInZones): Promise<Reconciliation> {
  const startedAt = new Date();
  const tally: Tally = { accepted: 0, ended: 0, pending: 0, found: [], count: 0 };
  for (const address of addressesOf(of)) await reconcileInZone(options, address, { startedAt, tally });
  return {
    function: of.function,
    since: new Date(startedAt.getTime() - MARKER_TTL_MS).toISOString(),
    ...{ accepted: tally.accepted, ended: tally.ended, pending: tally.pending },
    disagreements: tally.found,
    disagreementCount: tally.count,
  };
}

async function reconcileInZone(
  options: ReconcileOptions,
  of: FunctionAddress,
  { startedAt, tally }: { readonly startedAt: Date; readonly tally: Tally },
): Promise<void> {
  const { streams, signal } = options;
  const waiting = await waitingIds(streams, of);
  for await (const batch of acceptedEvents(streams, of, startedAt)) {
    signal.throwIfAborted();
    for (const detail of batch.unreadable) note(tally, { event: null, kind: 'unreadable', detail });
    tally.accepted += batch.ids.length + batch.unreadable.length;
    const looks = await readInOrder(batch.ids, (event) => look(streams, of, { event, isWaiting: waiting.has(event) }));
    for (const { isPending, isEnded, disagreement } of looks) {
      if (isPending) tally.pending++;
      if (isEnded) tally.ended++;
      if (disagreement !== null) note(tally, disagreement);
    }
    if (options.outputs !== null) await checkOutputs(options.outputs, of, looks, tally);
  }
}

/** Messages of the function that have not ended, as of now. */
async function waitingIds(streams: EventStreams, of: FunctionAddress): Promise<ReadonlySet<string>> {
  const places = placesOfFunction(of).filter(({ stream }) => stream !== recordStream(of.zone));
  const ids = new Set<string>();
  for await (const id of newestIds(streams, places, null)) ids.add(id);
  return ids;
}

interface Look {
  readonly event: string;
  readonly record: EventRecord | null;
  readonly isPending: boolean;
  readonly isEnded: boolean;
  readonly disagreement: Found | null;
}

async function look(
  streams: EventStreams,
  of: FunctionAddress,
  { event, isWaiting }: { readonly event: string; readonly isWaiting: boolean },
): Promise<Look> {
  const record = await readRecordAnywhere(streams, of, event);
  if (record === 'unreadable') return wrong(event, null, 'unreadable', 'its record cannot be read');
  if (record === null || !TERMINAL_STATES.has(record.state)) {
    return isWaiting ? pendingLook(event, record) : lookAgain(streams, of, event);
  }
  if (record.state !== 'dead-lettered' || record.letter !== 'kept') return endedLook(event, record);
  return lookForLetter(streams, of, record);
}

/** It did not wait when the look began: it ended, or moved, since; or it is lost. */
async function lookAgain(streams: EventStreams, of: FunctionAddress, event: string): Promise<Look> {
  for (const { stream, filter } of placesOfMessage(of, event)) {
    if ((await streams.last(stream, filter)) !== null) return pendingLook(event, null);
  }
  const message = await streams.last(recordStream(of.zone), recordSubject(of, event));
  if (message === null) return wrong(event, null, 'lost', 'there is no record of it, and no message waits');
  const record = eventRecordSchema.parse(message.json());
  if (TERMINAL_STATES.has(record.state)) return endedLook(event, record);
  return wrong(event, record, 'lost', `its record says ${record.state}, and no message waits`);
}

async function lookForLetter(streams: EventStreams, of: FunctionAddress, record: EventRecord): Promise<Look> {
  const letter = await streams.last(deadLetterStream(of.zone), deadLetterSubject(of, record.id));
  if (letter !== null) return endedLook(record.id, record);
  // Whoever redrives or purges a letter says so in the record first.
  const message = await streams.last(recordStream(of.zone), recordSubject(of, record.id));
  const now = message === null ? null : eventRecordSchema.parse(message.json());
  if (now?.letter !== 'kept') return endedLook(record.id, record);
  return { ...wrong(record.id, record, 'letter-missing', 'its dead letter is not there'), isEnded: true };
}

async function checkOutputs(
  outputs: StoredOutputsCheck,
  of: FunctionAddress,
  looks: readonly Look[],
  tally: Tally,
): Promise<void> {
  const named = looks.flatMap(({ event, record }) => {
    const prefix = record?.output ?? null;
    return prefix === null ? [] : [{ event, prefix, endedAt: record!.endedAt }];
  });
  for (const { event, prefix } of await outputs.missing(of, named)) {
    note(tally, { event, kind: 'output-missing', detail: `there is no output at ${prefix}` });
  }
}

async function readRecordAnywhere(streams: EventStreams, of: FunctionAddress, event: string) {
  const message = await streams.lastAnywhere(recordStream(of.zone), recordSubject(of, event));
  if (message === null) return null;
  const parsed = eventRecordSchema.safeParse(jsonOrNull(Buffer.from(message.data).toString('utf8')));
  return parsed.success ? parsed.data : 'unreadable';
}

function pendingLook(event: string, record: EventRecord | null): Look {
  return { event, record, isPending: true, isEnded: false, disagreement: null };
}

function endedLook(event: string, record: EventRecord): Look {
  return { event, record, isPending: false, isEnded: true, disagreement: null };
}

function wrong(event: string, record: EventRecord | null, kind: Disagreement, detail: string): Look {
  return { event, record, isPending: false, isEnded: false, disagreement: { event, kind, detail } };
}

function note(tally: Tally, disagreement: Found): void {
  tally.count++;
  if (tally.found.length < MOST_DISAGREEMENTS) tally.found.push(disagreement);
}
