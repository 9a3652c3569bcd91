/**
 * A piece of a stream as it lies in the object store: messages of one folder, in the order of the stream, byte for byte as they
 * were stored. What is sealed stays sealed under its own key, so archiving needs no key, and no revoked one holds it up.
 *
 * The object is one line of JSON (`v`, and `messages`: sequence, time in milliseconds and length of each), then their bytes one
 * behind the other. Its name `<folder>/<time>-<first>-<last>` has the time of its first message and its first and last sequence, in
 * digits that sort. Hostile: names and bytes that come back.
 */
import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';

/** Of a stream. */
export interface ArchivedPlace {
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
}

export interface ArchivedMessage extends ArchivedPlace {
  readonly data: Buffer;
}

/** Messages of a segment, all together, and the largest segment with one more message. Bytes. */
export const SEGMENT_BYTES = 4 * 1024 * 1024;
export const MOST_SEGMENT_BYTES = 8 * 1024 * 1024;
/** From the first to the last message of a segment: so a reader knows where to begin. Milliseconds. */
export const SEGMENT_SPAN_MS = 3_600_000;

const TIME_DIGITS = 13;
const SEQUENCE_DIGITS = 15;
const NAME = /^(\d{13})-(\d{15})-(\d{15})$/;

const headSchema = z.strictObject({
  v: z.literal(1),
  messages: z.array(z.tuple([z.int().min(1), z.int().min(0), z.int().min(0)])).min(1),
});

export function segmentName(folder: string, messages: readonly ArchivedPlace[]): string {
  const [first, last] = [messages[0]!, messages.at(-1)!];
  const sequences = [first, last].map(({ sequence }) => String(sequence).padStart(SEQUENCE_DIGITS, '0'));
  return `${namesFrom(folder, first.storedAt)}-${sequences.join('-')}`;
}

/** Before the names of all segments whose first message was stored at `time` or later. */
export function namesFrom(folder: string, time: number): string {
  return `${folder}/${String(Math.max(0, time)).padStart(TIME_DIGITS, '0')}`;
}

/** Its first message. Null for what is no segment of the folder. */
export function beginOfSegment(folder: string, name: string): ArchivedPlace | null {
  const match = name.startsWith(`${folder}/`) ? NAME.exec(name.slice(folder.length + 1)) : null;
  return match === null ? null : { storedAt: Number(match[1]), sequence: Number(match[2]) };
}

/** Sequence of its last message. */
export function lastOfSegment(name: string): number {
  return Number(name.slice(-SEQUENCE_DIGITS));
}

export function encodeSegment(messages: readonly ArchivedMessage[]): Buffer {
  const facts = messages.map(({ sequence, storedAt, data }) => [sequence, storedAt, data.length]);
  const head = Buffer.from(`${JSON.stringify({ v: 1, messages: facts })}\n`);
  return Buffer.concat([head, ...messages.map(({ data }) => data)]);
}

/** Throws `data-unreadable`. */
export function decodeSegment(name: string, bytes: Buffer): ArchivedMessage[] {
  try {
    const end = bytes.indexOf('\n');
    const head = headSchema.parse(JSON.parse(bytes.toString('utf8', 0, end)));
    let at = end + 1;
    const messages = head.messages.map(([sequence, storedAt, length]) => {
      return { sequence, storedAt, data: bytes.subarray(at, (at += length)) };
    });
    if (at !== bytes.length) throw new RangeError(`its messages have ${at} bytes, and it has ${bytes.length}`);
    return messages;
  } catch (cause) {
    throw new SovfnError('data-unreadable', `the archived "${name}" is no segment of a stream`, {
      hint: 'What is stored was changed: restore the object from a backup.',
      cause,
    });
  }
}
