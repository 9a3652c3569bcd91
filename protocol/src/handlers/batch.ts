/**
 * Body of a `queue` call: a batch of messages of one queue binding. A gateway writes it, the isolate reads it.
 *
 *   0     version (PROTOCOL_VERSION)            then for each message:
 *   1     number of messages                    0–25   id, latin1
 *   2     length of the queue's name            26–31  when it was accepted, milliseconds since 1970
 *   3–    name of the queue, latin1             32–33  attempts, this one included
 *                                               34     position of its content type in CONTENT_TYPES
 *                                               35–38  length of the body, then the body
 *
 * Numbers are big-endian. Hostile input: `readBatch` is null for bytes that break a rule, and reads none twice.
 * The guest's prelude holds this file, so it imports nothing but a number, and calls no method that code could replace
 * where the result would matter.
 */
import { PROTOCOL_VERSION } from '../version.ts';

export const CONTENT_TYPES = ['json', 'text', 'bytes'] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];

/** Messages of one batch. */
export const BATCH_MESSAGES = 100;
/** Longest delay of a message. Seconds: 30 days. */
export const QUEUE_DELAY_SECONDS = 30 * 24 * 3_600;

export interface BatchMessage {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** This one included. */
  readonly attempts: number;
  readonly contentType: ContentType;
  readonly bytes: Uint8Array;
}

export interface Batch {
  /** Name of the binding. */
  readonly queue: string;
  readonly messages: readonly BatchMessage[];
}

const NAMES_OFFSET = 3;
const ID_LENGTH = 26;
const MESSAGE_HEAD = 39;
const UINT16 = 2 ** 16;
const UINT32 = 2 ** 32;

/** Throws RangeError for a batch that has no form: nobody but a gateway makes one. */
export function encodeBatch({ queue, messages }: Batch): Uint8Array<ArrayBuffer> {
  const size = messages.reduce((sum, { bytes }) => sum + MESSAGE_HEAD + bytes.length, NAMES_OFFSET + queue.length);
  requireRange(messages.length, 1, BATCH_MESSAGES, 'messages in a batch');
  requireRange(queue.length, 1, 255, 'characters in the name of a queue');
  const batch = new Uint8Array(size);
  batch.set([PROTOCOL_VERSION, messages.length, queue.length]);
  writeLatin1(batch, NAMES_OFFSET, queue);
  let at = NAMES_OFFSET + queue.length;
  for (const message of messages) at = writeMessage(batch, at, message);
  return batch;
}

/** The bodies are views of `batch`. */
export function readBatch(batch: Uint8Array): Batch | null {
  const count = batch[1] ?? 0;
  let at = NAMES_OFFSET + (batch[2] ?? 0);
  const hasForm = batch[0] === PROTOCOL_VERSION && count >= 1 && count <= BATCH_MESSAGES && at > NAMES_OFFSET;
  if (!hasForm || at > batch.length) return null;
  const messages: BatchMessage[] = [];
  for (let index = 0; index < count; index++) {
    const bodyAt = at + MESSAGE_HEAD;
    if (bodyAt > batch.length) return null;
    const end = bodyAt + readUint32(batch, at + 35);
    const contentType = CONTENT_TYPES[batch[at + 34]!];
    if (contentType === undefined || end > batch.length) return null;
    messages[index] = {
      id: readLatin1(batch, at, at + ID_LENGTH),
      timestamp: readUint16(batch, at + 26) * UINT32 + readUint32(batch, at + 28),
      attempts: readUint16(batch, at + 32),
      contentType,
      bytes: batch.subarray(bodyAt, end),
    };
    at = end;
  }
  return at === batch.length ? { queue: readLatin1(batch, NAMES_OFFSET, NAMES_OFFSET + batch[2]!), messages } : null;
}

function writeMessage(batch: Uint8Array, start: number, message: BatchMessage): number {
  const { id, timestamp, attempts, contentType, bytes } = message;
  requireRange(id.length, ID_LENGTH, ID_LENGTH, 'characters in the id of a message');
  requireRange(timestamp, 0, UINT16 * UINT32 - 1, 'as the time of a message');
  writeLatin1(batch, start, id);
  writeUint(batch, start + 26, Math.floor(timestamp), 6);
  writeUint(batch, start + 32, Math.min(attempts, UINT16 - 1), 2);
  batch[start + 34] = CONTENT_TYPES.indexOf(contentType);
  writeUint(batch, start + 35, bytes.length, 4);
  batch.set(bytes, start + MESSAGE_HEAD);
  return start + MESSAGE_HEAD + bytes.length;
}

function requireRange(value: number, least: number, most: number, what: string): void {
  if (!(value >= least && value <= most)) throw new RangeError(`${value} ${what}: it must be ${least} to ${most}`);
}

function writeLatin1(bytes: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
}

function readLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

function writeUint(bytes: Uint8Array, at: number, value: number, size: number): void {
  let rest = value;
  for (let index = at + size - 1; index >= at; index--) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function readUint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 256 + bytes[at + 1]!;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at) * UINT16 + readUint16(bytes, at + 2);
}
