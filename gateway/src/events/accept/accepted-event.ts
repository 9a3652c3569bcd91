/** What is written for one accepted event: its marker and its message. Pure: the clock and the id come from outside. */
import { createHash } from 'node:crypto';
import type { BatchEntry } from '@sovfn/bus';
import {
  delayedEventSubject,
  encodeEvent,
  EVENT_INLINE_BYTES,
  type EventHead,
  eventHeadSchema,
  type EventMarker,
  eventSubject,
  type FunctionAddress,
  functionOfEvent,
  laneOf,
  MARKER_TTL_MS,
  markerSubject,
  PROTOCOL_VERSION,
} from '@sovfn/protocol';
import type { z } from 'zod';
import type { DeployedFunction } from '../../routes/deployed-functions.ts';
import type { SealedEvents } from '../sealed-events.ts';
import type { NewEvent } from './event-acceptor.ts';

export type BodyReference = NonNullable<EventHead['bodyReference']>;

export interface AcceptedEvent {
  readonly to: FunctionAddress;
  readonly marker: EventMarker;
  /** Names the marker: of the key, else of the event's own id. */
  readonly markerHash: string;
}

const NO_BYTES = Buffer.alloc(0);
const MARKER_HEADERS = `Nats-Expected-Last-Subject-Sequence: 0\r\nNats-TTL: ${MARKER_TTL_MS / 1_000}\r\n`;

export function identifyEvent(event: NewEvent, id: string, now: Date): AcceptedEvent {
  const marker = {
    v: PROTOCOL_VERSION,
    id,
    payloadSha256: payloadSha256(event),
    acceptedAt: now.toISOString(),
  } as const;
  const markerHash = sha256(event.key === null ? `id:${id}` : `key:${event.key}`);
  return { to: addressOf(event.to), marker, markerHash };
}

export function addressOf({ tenant, name, target }: DeployedFunction): FunctionAddress {
  return { zone: target.zone, tenant, function: name };
}

/** Does the body need the object store, because it does not fit into the message? */
export function isLarge(body: NewEvent['body']): body is Buffer {
  return Buffer.isBuffer(body) && body.length > EVENT_INLINE_BYTES;
}

/**
 * The two messages that make an event accepted. `reference`: where the body lies when it is not in the message. Throws
 * `key-unavailable`.
 */
export async function eventMessages(
  event: NewEvent,
  accepted: AcceptedEvent,
  { reference, sealed }: { readonly reference: BodyReference | null; readonly sealed: SealedEvents },
): Promise<BatchEntry> {
  const { to, marker, markerHash } = accepted;
  const head = eventHeadSchema.parse({
    v: PROTOCOL_VERSION,
    id: marker.id,
    ...to,
    ...event.facts,
    acceptedAt: marker.acceptedAt,
    expiresAt: event.facts.expiresAt ?? expiryOf(event, marker),
    bodyReference: reference,
  } satisfies z.input<typeof eventHeadSchema>);
  const message = encodeEvent(head, reference === null && Buffer.isBuffer(event.body) ? event.body : NO_BYTES);
  const place = placeOfEvent(head, event.notBefore);
  const payload = await sealed.seal(place.subject, message);
  return [
    { subject: markerSubject(to, markerHash), headers: MARKER_HEADERS, payload: Buffer.from(JSON.stringify(marker)) },
    { ...place, payload },
  ];
}

/** An event that is delayed has its time from when it is due. */
function expiryOf({ to, notBefore }: NewEvent, { acceptedAt }: EventMarker): string | null {
  const { expireAfterMs } = to.events;
  if (expireAfterMs === null) return null;
  return new Date((notBefore?.getTime() ?? Date.parse(acceptedAt)) + expireAfterMs).toISOString();
}

/** Where an event waits until it is due: a delayed one is a schedule with one tick, which the server keeps and fires. */
export function placeOfEvent(head: EventHead, notBefore: Date | null): { subject: string; headers: string } {
  const to = functionOfEvent(head);
  const subject = eventSubject(to, laneOf(head), head.id);
  if (notBefore === null) return { subject, headers: '' };
  const headers = `Nats-Schedule: @at ${notBefore.toISOString()}\r\nNats-Schedule-Target: ${subject}\r\n`;
  return { subject: delayedEventSubject(to, head.id), headers };
}

const ORIGIN = /^[a-z]+:\/\/[^/]*/;

/**
 * Tells a repetition from another call under the same key: method, path, query and body. Not the host, because callers
 * may reach a function under several.
 */
function payloadSha256({ facts, body }: NewEvent): string {
  const bodySha256 = Buffer.isBuffer(body) ? sha256(body) : body.reference.sha256;
  return sha256(`${facts.method}\n${facts.url.replace(ORIGIN, '')}\n${bodySha256}`);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
