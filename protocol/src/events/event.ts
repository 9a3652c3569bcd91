/**
 * A durable event: a call that was accepted and will be made, whatever happens, until it has ended in one recorded state.
 *
 * On the stream of its zone it is one message on `evt.<zone>.<lane>.<tenant>.<function>.<id>`: a head (JSON) and the raw
 * body (`packMessage`). Bytes of a body that does not fit lie in the object store and are named in the head.
 * Hostile: the body, the headers and everything else that a caller wrote. The head was written by the platform.
 */
import { z } from 'zod';
import { packMessage, unpackMessage } from '../bindings.ts';
import { ProtocolError } from '../errors.ts';
import { CONTENT_TYPES } from '../handlers/batch.ts';
import { isInvocationId } from '../invocation-id.ts';
import { MESSAGE_BYTES } from '../limits.ts';
import { nameSchema, variableNameSchema, versionIdSchema } from '../names.ts';
import type { EventLane, FunctionAddress } from '../subjects.ts';
import { PROTOCOL_VERSION } from '../version.ts';

/** An event id has the form of an invocation id, so it says when it was made and sorts by it. */
export const eventIdSchema = z.string().refine(isInvocationId, 'must be the id of an event');

/** Largest body inside the message itself; a larger one is put into the object store. Bytes. */
export const EVENT_INLINE_BYTES = MESSAGE_BYTES - 192 * 1024;

export const EVENT_TRIGGERS = ['async', 'webhook', 'schedule', 'queue'] as const;
export type EventTrigger = (typeof EVENT_TRIGGERS)[number];

const bodyReferenceSchema = z.strictObject({
  /** Object in the data bucket. */
  object: z.string(),
  bytes: z.int().min(0),
  /** Of the plaintext, as `bytes`. */
  sha256: versionIdSchema,
  /** It is stored as a sealed stream. */
  isSealed: z.boolean().default(false),
});

export const eventHeadSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  id: eventIdSchema,
  trigger: z.enum(EVENT_TRIGGERS),
  zone: nameSchema,
  tenant: nameSchema,
  function: nameSchema,
  /** What `fetch` sees; for schedules and queues, what the platform makes of it. */
  method: z.string().max(32),
  url: z.string().max(16_384),
  /** Header block; no `sovfn-` headers of the caller's. */
  headers: z.string().max(65_536),
  acceptedAt: z.iso.datetime(),
  /** Not begun by then: the event ends `expired`. */
  expiresAt: z.iso.datetime().nullable().default(null),
  /** Events of a function with the same key run one after the other, in the order in which they were accepted. */
  orderingKey: z.string().max(256).nullable().default(null),
  /** The attempt that this message asks for. */
  attempt: z.int().min(1).default(1),
  /** The event that was run once more. */
  replayOf: eventIdSchema.nullable().default(null),
  /** Where the result is sent, as a Standard Webhook. */
  callback: z.url().max(2_048).nullable().default(null),
  webhook: z
    .strictObject({ name: nameSchema, provider: z.string().max(63), delivery: z.string().max(512).nullable() })
    .nullable()
    .default(null),
  schedule: z
    .strictObject({
      name: nameSchema,
      /** As in `sovfn.jsonc`. */
      cron: z.string().max(128),
      scheduledAt: z.iso.datetime(),
      cause: z.enum(['tick', 'caught-up', 'manual']),
    })
    .nullable()
    .default(null),
  queue: z
    .strictObject({ binding: variableNameSchema, contentType: z.enum(CONTENT_TYPES) })
    .nullable()
    .default(null),
  /** Null: the body is in the message. */
  bodyReference: bodyReferenceSchema.nullable().default(null),
});
export type EventHead = z.output<typeof eventHeadSchema>;

export function encodeEvent(head: EventHead, body: Uint8Array): Buffer {
  return packMessage(head, body);
}

/** `body` is a view of the message, and empty when the head refers to an object. Throws ProtocolError. */
export function decodeEvent(message: Buffer): { readonly head: EventHead; readonly body: Buffer } {
  try {
    const { head, body } = unpackMessage(message);
    return { head: eventHeadSchema.parse(head), body };
  } catch (error) {
    throw new ProtocolError(`an event cannot be read: ${String(error).slice(0, 500)}`);
  }
}

/**
 * The marker of an accepted event, written in one atomic batch with it: no second event with the same hash is accepted
 * while it exists. It is also the ledger of what was accepted. JSON.
 */
export const eventMarkerSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  id: eventIdSchema,
  /** SHA-256 of what was accepted, to tell a repetition from another payload under the same key. */
  payloadSha256: versionIdSchema,
  acceptedAt: z.iso.datetime(),
});
export type EventMarker = z.output<typeof eventMarkerSchema>;

/** How long a marker stays. Milliseconds: 72 hours, longer than any provider repeats a delivery. */
export const MARKER_TTL_MS = 72 * 3_600_000;

/** Where an event waits. */
export const laneOf = ({ orderingKey }: Pick<EventHead, 'orderingKey'>): EventLane =>
  orderingKey === null ? 'any' : 'ordered';

export const functionOfEvent = ({ zone, tenant, function: name }: EventHead): FunctionAddress => ({
  zone,
  tenant,
  function: name,
});
