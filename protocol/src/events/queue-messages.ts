import { delayedQueueSubject, queueMarkerSubject, queueSubject } from '../subjects.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { type EventHead, type EventMarker, functionOfEvent, MARKER_TTL_MS } from './event.ts';

export interface QueueMessage {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** Refused when there is one already. */
const FIRST = { 'Nats-Expected-Last-Subject-Sequence': '0' };

export interface QueueMessageFacts {
  /** Of the body, in hex. */
  readonly payloadSha256: string;
  /** Null: at once. A delayed one is a schedule with one tick, which NATS keeps and fires. */
  readonly notBefore: Date | null;
}

/** A message of a queue and its marker, to be stored together. `payload`: of the message, as it is to be stored. */
export function queueMessages(
  head: EventHead,
  payload: Uint8Array,
  { payloadSha256, notBefore }: QueueMessageFacts,
): QueueMessage[] {
  const of = functionOfEvent(head);
  const { id, acceptedAt } = head;
  const marker: EventMarker = { v: PROTOCOL_VERSION, id, payloadSha256, acceptedAt };
  const target = queueSubject(of, id);
  const message =
    notBefore === null
      ? { subject: target, headers: FIRST, payload }
      : {
          subject: delayedQueueSubject(of, id),
          headers: { 'Nats-Schedule': `@at ${notBefore.toISOString()}`, 'Nats-Schedule-Target': target },
          payload,
        };
  return [
    {
      subject: queueMarkerSubject(of, id),
      headers: { ...FIRST, 'Nats-TTL': String(MARKER_TTL_MS / 1_000) },
      payload: Buffer.from(JSON.stringify(marker)),
    },
    message,
  ];
}
