/**
 * A dead letter: an event that failed for good, kept until somebody redrives or purges it. On
 * `dlq.<zone>.<tenant>.<function>.<id>`: a head (JSON) and the event's raw body (`packMessage`).
 */
import { z } from 'zod';
import { packMessage, unpackMessage } from '../bindings.ts';
import { ProtocolError } from '../errors.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { eventHeadSchema, eventIdSchema } from './event.ts';
import { attemptSchema } from './record.ts';

/** Of the last response, and of each attempt: so that head and body stay one message. */
export const LAST_RESPONSE_BYTES = 8 * 1024;
export const DEAD_LETTER_ATTEMPTS = 20;
const MESSAGE_CHARACTERS = 500;

const lastResponseSchema = z.strictObject({
  status: z.int(),
  /** Header block, without what is long. */
  headers: z.string().max(8_192),
  /** First bytes, base64. */
  body: z.string().max(LAST_RESPONSE_BYTES * 2),
  /** Of the whole body. */
  bytes: z.int().min(0),
});
export type LastResponse = z.output<typeof lastResponseSchema>;

export const deadLetterSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  event: eventHeadSchema,
  diedAt: z.iso.datetime(),
  cause: z.string().max(2_000),
  /** Of the last attempt; null when it had none. */
  lastResponse: lastResponseSchema.nullable(),
  /** The newest, oldest first; messages are cut. */
  attempts: z.array(attemptSchema).max(DEAD_LETTER_ATTEMPTS),
  /** The event that it is, or was, accepted as once more: written before that is tried, so that it happens once. */
  redrive: z.strictObject({ event: eventIdSchema, at: z.iso.datetime() }).nullable().default(null),
  /** The body is the whole message, which could not be read; of the event only its id is known. */
  isUnreadable: z.boolean().default(false),
});
export type DeadLetter = z.output<typeof deadLetterSchema>;

export function encodeDeadLetter(letter: DeadLetter, body: Uint8Array): Buffer {
  const attempts = letter.attempts
    .slice(-DEAD_LETTER_ATTEMPTS)
    .map((attempt) => ({ ...attempt, message: attempt.message?.slice(0, MESSAGE_CHARACTERS) ?? null }));
  return packMessage({ ...letter, attempts }, body);
}

/** `body` is a view of the message, and empty when the event's head refers to an object. Throws ProtocolError. */
export function decodeDeadLetter(message: Buffer): { readonly letter: DeadLetter; readonly body: Buffer } {
  try {
    const { head, body } = unpackMessage(message);
    return { letter: deadLetterSchema.parse(head), body };
  } catch (error) {
    throw new ProtocolError(`a dead letter cannot be read: ${String(error).slice(0, 500)}`);
  }
}
