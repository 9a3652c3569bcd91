/**
 * The streams that hold events, for those who look at events or mend them rather than run them.
 *
 * `last` asks the stream's leader; `lastAnywhere`, `first` and `count` may be answered by a copy that is a moment behind.
 * Every method throws `bus-unavailable` when NATS does not do what it was asked for.
 */
import {
  jetstream,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { readPage, type StoredMessage, isWriteConflict } from '@sovfn/bus';
import { type EventRecord, SovfnError } from '@sovfn/protocol';
import { z } from 'zod';
import type { SealedEvents } from '../sealed-events.ts';

const ASK_MS = 10_000;
const NOT_FOUND = 404;

export interface SubjectWindow {
  /** In order, from the position that was asked for: as many as the server gives at once (100,000), or all that follow. */
  readonly subjects: readonly string[];
  /** Subjects that match the filter. */
  readonly total: number;
}

const windowSchema = z.object({
  total: z.number().default(0),
  state: z.object({ subjects: z.record(z.string(), z.number()).optional() }),
});

export class EventStreams {
  readonly #connection: NatsConnection;
  readonly #sealed: SealedEvents;
  readonly #manager: JetStreamManager;
  readonly #publisher: JetStreamClient;

  static async open(connection: NatsConnection, sealed: SealedEvents): Promise<EventStreams> {
    return new EventStreams(
      connection,
      sealed,
      await jetstreamManager(connection, { checkAPI: false, timeout: ASK_MS }),
    );
  }

  private constructor(connection: NatsConnection, sealed: SealedEvents, manager: JetStreamManager) {
    this.#connection = connection;
    this.#sealed = sealed;
    this.#manager = manager;
    this.#publisher = jetstream(connection, { timeout: ASK_MS });
  }

  /** What an event's message carries. Throws `key-unavailable` or `data-unreadable`. */
  async opened({ subject, data }: Pick<StoredMsg, 'subject' | 'data'>): Promise<Buffer> {
    return this.#sealed.open(subject, data);
  }

  /** Throws `key-unavailable` or `data-unreadable`. */
  async openedRecord(record: EventRecord): Promise<EventRecord> {
    return this.#sealed.openRecord(record);
  }

  /** Like `write`, of what an event carries. Throws `key-unavailable`. */
  async writeSealed(subject: string, payload: Uint8Array, lastSubjectSequence: number): Promise<boolean> {
    return this.write(subject, await this.#sealed.seal(subject, payload), lastSubjectSequence);
  }

  /** The last message of a subject, or of those that a filter matches. */
  async last(stream: string, subject: string): Promise<StoredMsg | null> {
    return asked(this.#manager.streams.getMessage(stream, { last_by_subj: subject }));
  }

  async lastAnywhere(stream: string, subject: string): Promise<StoredMsg | null> {
    return asked(this.#manager.direct.getMessage(stream, { last_by_subj: subject }));
  }

  /** The oldest message that a filter matches, from a sequence on. */
  async first(stream: string, filter: string, from = 1): Promise<StoredMsg | null> {
    return asked(this.#manager.direct.getMessage(stream, { seq: from, next_by_subj: filter }));
  }

  /** Of the messages that a filter matches, oldest first, from a sequence on: fewer than `most` only when there are no more. */
  async batch(
    stream: string,
    filter: string,
    { from, most }: { from: number; most: number },
  ): Promise<readonly StoredMessage[]> {
    return readPage(this.#connection, stream, filter, { from, most });
  }

  /** Messages that a filter matches. */
  async count(stream: string, filter: string): Promise<number> {
    // A batch of one message says how many would follow: the only count by subject that does not list them all.
    const query = { seq: 1, batch: 1, next_by_subj: filter };
    const first = await this.#request(`$JS.API.DIRECT.GET.${stream}`, query);
    if (first.headers?.code === NOT_FOUND) return 0;
    return Number(first.headers?.get('Nats-Num-Pending') ?? 0) + 1;
  }

  /** Subjects with messages that a filter matches, sorted. The library's own paging always begins at the first. */
  async subjects(stream: string, filter: string, offset: number): Promise<SubjectWindow> {
    const answer = await this.#request(`$JS.API.STREAM.INFO.${stream}`, { subjects_filter: filter, offset });
    const { total, state } = windowSchema.parse(answer.json());
    return { subjects: Object.keys(state.subjects ?? {}).toSorted(), total };
  }

  /** False: the last message of the subject is not the one with that sequence (0: there is one), and nothing was written. */
  async write(subject: string, payload: Uint8Array | string, lastSubjectSequence: number): Promise<boolean> {
    try {
      await this.#publisher.publish(subject, payload, { expect: { lastSubjectSequence } });
      return true;
    } catch (error) {
      if (isWriteConflict(error)) return false;
      throw unavailable(error);
    }
  }

  /** Removes what a subject holds; also succeeds when there is nothing. */
  async remove(stream: string, subject: string): Promise<void> {
    await asked(this.#manager.streams.purge(stream, { filter: subject }));
  }

  async #request(subject: string, query: object) {
    return asked(this.#connection.request(subject, JSON.stringify(query), { timeout: ASK_MS }));
  }
}

async function asked<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(cause: unknown): SovfnError {
  return new SovfnError('bus-unavailable', 'the messaging bus (NATS) cannot be asked for events now', {
    cause,
    hint: 'Retry in a moment; `sovfn status` shows the state of the bus.',
  });
}
