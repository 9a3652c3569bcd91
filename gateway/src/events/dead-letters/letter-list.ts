/** Lists and shows the dead letters of a function. */
import { isUtf8 } from 'node:buffer';
import {
  type DeadLetter,
  deadLetterStream,
  deadLetterSubject,
  decodeDeadLetter,
  type EventTrigger,
  functionDeadLettersSubject,
  invocationIdFloor,
  type JsonBody,
  type LetterDetail,
  type LetterSummary,
  PROTOCOL_VERSION,
} from '@sovfn/protocol';
import { addressesOf, firstFound, type FunctionInZones } from '../history/event-list.ts';
import type { EventStreams } from '../history/event-streams.ts';
import { sourceOf } from '../history/event-summary.ts';
import { newestIds } from '../history/newest-ids.ts';
import { type NewestPage, readItem, readNewestPage } from '../history/newest-page.ts';
import { shownHeaders, shownRequest } from '../history/shown-request.ts';

/** What is wanted; null: whatever. */
export interface LetterFilter {
  readonly trigger: EventTrigger | null;
  readonly source: string | null;
  /** Of the last attempt. */
  readonly outcome: string | null;
  /** Died at that time or later. */
  readonly from: Date | null;
  /** Died before that time. */
  readonly to: Date | null;
}

export interface LetterRange extends LetterFilter {
  readonly limit: number;
  /** Only letters whose events were accepted before this one. */
  readonly before: string | null;
}

/** Newest event first. Throws `bus-unavailable`. */
export async function listLetters(
  streams: EventStreams,
  of: FunctionInZones,
  range: LetterRange,
): Promise<NewestPage<LetterSummary>> {
  const addresses = addressesOf(of);
  const places = addresses.map((address) => ({
    stream: deadLetterStream(address.zone),
    filter: functionDeadLettersSubject(address),
  }));
  return readNewestPage({
    ids: newestIds(streams, places, beforeOf(range)),
    limit: range.limit,
    oldest: null,
    read: (id) =>
      firstFound(addresses, async (address) => {
        const message = await streams.lastAnywhere(deadLetterStream(address.zone), deadLetterSubject(address, id));
        if (message === null) return null;
        return readItem(message.data, async () => readSummary(await streams.opened(message)));
      }),
    fits: (summary) => fits(summary, range),
  });
}

/** An event dies after it was accepted: younger ones need not be looked at. */
function beforeOf({ before, to }: LetterRange): string | null {
  const bounds = [before, to === null ? null : invocationIdFloor(to.getTime())].filter((bound) => bound !== null);
  return bounds.toSorted()[0] ?? null;
}

function fits({ diedAt, trigger, source, outcome }: LetterSummary, wanted: LetterFilter): boolean {
  const died = Date.parse(diedAt);
  return (
    (wanted.trigger === null || trigger === wanted.trigger) &&
    (wanted.source === null || source === wanted.source) &&
    (wanted.outcome === null || outcome === wanted.outcome) &&
    (wanted.from === null || died >= wanted.from.getTime()) &&
    (wanted.to === null || died < wanted.to.getTime())
  );
}

function readSummary(data: Buffer): LetterSummary {
  const { letter, body } = decodeDeadLetter(data);
  return summaryOf(letter, body);
}

export function summaryOf(letter: DeadLetter, body: Uint8Array): LetterSummary {
  const { event: head, diedAt, cause } = letter;
  const { id: event, function: name, trigger, acceptedAt, replayOf } = head;
  const last = letter.attempts.at(-1);
  return {
    ...{ event, function: name, trigger, source: sourceOf(head), acceptedAt, diedAt, cause, replayOf },
    bytes: head.bodyReference?.bytes ?? body.length,
    attempts: last?.attempt ?? 0,
    outcome: last?.outcome ?? null,
    status: last?.status ?? null,
  };
}

export function detailOfLetter(letter: DeadLetter, body: Uint8Array): LetterDetail {
  const { attempts: _, outcome: _outcome, status: _status, ...summary } = summaryOf(letter, body);
  const { event, attempts, lastResponse } = letter;
  const { zone } = event;
  const shown = lastResponse === null ? null : shownResponse(lastResponse);
  return { v: PROTOCOL_VERSION, ...summary, zone, attempts, lastResponse: shown, request: shownRequest(event) };
}

function shownResponse({ status, headers, body, bytes }: NonNullable<DeadLetter['lastResponse']>) {
  return { status, bytes, headers: shownHeaders(headers), body: jsonBody(Buffer.from(body, 'base64')) };
}

/** The first bytes of a text may end within a character: then they are base64, too. */
function jsonBody(bytes: Buffer): JsonBody {
  const encoding = isUtf8(bytes) ? 'utf8' : 'base64';
  return { encoding, data: bytes.toString(encoding) };
}
