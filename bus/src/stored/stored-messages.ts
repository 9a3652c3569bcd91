/**
 * Reads messages that a stream holds, many with one question. The answer may come from a copy of the stream that is a
 * moment behind its leader: whoever decides by it writes with the sequence it saw, and reads again when that is refused.
 *
 * The stream must allow direct gets, and its messages must not be empty.
 */
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { SovfnError } from '@sovfn/protocol';

export interface StoredMessage {
  readonly subject: string;
  readonly sequence: number;
  /** When the server stored it, by its clock. */
  readonly storedAt: Date;
  readonly data: Uint8Array;
}

/** Subjects of one question: the server answers with at most 1,024 messages. */
export const MOST_SUBJECTS = 500;
/** Messages of one answer. */
const PAGE = 1_000;
const ANSWER_MS = 5_000;
const END_OF_ANSWER = 204;
const NOTHING_FOUND = 404;

/** The last message of each subject that has one, in no order. Throws `bus-unavailable`. */
export async function readLastMessages(
  connection: NatsConnection,
  stream: string,
  subjects: readonly string[],
): Promise<StoredMessage[]> {
  if (subjects.length > MOST_SUBJECTS)
    throw new RangeError(`${subjects.length} subjects; ${MOST_SUBJECTS} are possible`);
  return ask(connection, stream, { multi_last: subjects });
}

/**
 * All messages that a filter matches, or those that were stored since a time, in the order of the stream, page by page.
 * Throws `bus-unavailable`.
 */
export async function* readMessages(
  connection: NatsConnection,
  stream: string,
  filter: string,
  since: Date | null = null,
): AsyncGenerator<readonly StoredMessage[]> {
  let from: number | Date = since ?? 1;
  for (;;) {
    const page = await readPage(connection, stream, filter, { from, most: PAGE });
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    from = page.at(-1)!.sequence + 1;
  }
}

/**
 * The messages that a filter matches, from a sequence or a time on, in the order of the stream: fewer than `most` (at most
 * 1,000) only when there are no more. Throws `bus-unavailable`.
 */
export async function readPage(
  connection: NatsConnection,
  stream: string,
  filter: string,
  { from, most }: { readonly from: number | Date; readonly most: number },
): Promise<StoredMessage[]> {
  const start = typeof from === 'number' ? { seq: from } : { start_time: from.toISOString() };
  return ask(connection, stream, { ...start, next_by_subj: filter, batch: most });
}

async function ask(connection: NatsConnection, stream: string, query: object): Promise<StoredMessage[]> {
  const found: StoredMessage[] = [];
  try {
    const answers = await connection.requestMany(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), {
      strategy: 'sentinel',
      maxWait: ANSWER_MS,
    });
    for await (const answer of answers) {
      const code = answer.headers?.code ?? 0;
      if (code === END_OF_ANSWER || code === NOTHING_FOUND) return found;
      if (code !== 0) throw new Error(`${code} ${answer.headers?.description ?? ''}`);
      found.push(storedMessage(answer));
    }
  } catch (cause) {
    throw unavailable(stream, String(cause), cause);
  }
  throw unavailable(stream, `the answer did not end within ${ANSWER_MS} ms`);
}

function storedMessage({ headers, data }: Msg): StoredMessage {
  return {
    subject: headers!.get('Nats-Subject'),
    sequence: Number(headers!.get('Nats-Sequence')),
    storedAt: new Date(headers!.get('Nats-Time-Stamp')),
    data,
  };
}

function unavailable(stream: string, reason: string, cause?: unknown): SovfnError {
  return new SovfnError('bus-unavailable', `the messages of ${stream} cannot be read: ${reason}`, {
    cause,
    hint: 'Retry in a moment; `sovfn status` shows the state of the bus.',
  });
}
