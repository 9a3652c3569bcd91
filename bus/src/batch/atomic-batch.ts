/**
 * Atomic batches of JetStream on our own wire path, because the client library hides why the server refuses one. A single message
 * goes without a batch, which is atomic, too: for each batch the server makes a store of its own on disk, and removes it.
 *
 * Guarantees: `commit` resolves only when the server has said that all messages are stored (and, with
 * `sync_interval: always`, synced), or that none is. When it throws, it is not known whether they are stored.
 * Not guaranteed: order between two batches under way at the same time. Hostile: nothing; the server is ours.
 */
import { randomBytes } from 'node:crypto';
import { JetStreamApiError } from '@nats-io/jetstream';
import { SovfnError, jsonOrNull } from '@sovfn/protocol';
import { z } from 'zod';
import type { WireClient, WireSubscription } from '../wire/index.ts';

export interface BatchMessage {
  readonly subject: string;
  /** Header lines in latin1, each `Name: value\r\n`. */
  readonly headers: string;
  readonly payload: Uint8Array;
}

/** The server stored all of the batch. */
export interface BatchStored {
  readonly isStored: true;
  /** Of the first message; those of the others follow it without a gap. */
  readonly sequence: number;
}

/** The server stored nothing of the batch. */
export interface BatchRefusal {
  readonly isStored: false;
  /** The server's number for the error, as its `errors.json` lists them. */
  readonly code: number;
  readonly description: string;
}

export interface AtomicBatchesOptions {
  readonly wire: WireClient;
  /** What this connection may subscribe to, without the last dot. */
  readonly inboxPrefix: string;
  /** Longest wait for the server's answer. Milliseconds; default 5,000. */
  readonly answerMs?: number;
}

/** Messages of one batch that the server takes. */
export const MOST_BATCH_MESSAGES = 1_000;
/** A message with an expected sequence came second. */
export const WRONG_LAST_SEQUENCE = 10071;
/** Of the client library: what was to be replaced had been replaced by somebody else. */
export const isWriteConflict = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE;
/** Numbers of the server's errors that mean that there is no room: of the stream, the account, the server, or the disk. */
const NO_ROOM: ReadonlySet<number> = new Set([10002, 10023, 10028, 10047, 10077, 10122]);
export const isNoRoom = (code: number): boolean => NO_ROOM.has(code);

const ANSWER_MS = 5_000;

const answerSchema = z.union([
  z.object({ error: z.object({ err_code: z.number(), description: z.string() }) }),
  /** A message without a batch is not counted. */
  z.object({ seq: z.number(), count: z.number().default(1) }),
]);

interface Waiting {
  readonly count: number;
  readonly answer: PromiseWithResolvers<BatchStored | BatchRefusal>;
  readonly timer: NodeJS.Timeout;
}

export class AtomicBatches {
  readonly #wire: WireClient;
  readonly #inbox: string;
  readonly #answerMs: number;
  readonly #subscription: WireSubscription;
  readonly #stopWatching: () => void;
  readonly #waiting = new Map<string, Waiting>();
  /** Makes the ids of this object's batches different from those of every other. */
  readonly #life = randomBytes(8).toString('hex');
  #number = 0;

  constructor({ wire, inboxPrefix, answerMs }: AtomicBatchesOptions) {
    this.#wire = wire;
    this.#answerMs = answerMs ?? ANSWER_MS;
    this.#inbox = `${inboxPrefix}.b${this.#life}.`;
    this.#subscription = wire.subscribe(`${this.#inbox}*`, null, (payload, subject, _reply, noResponders) =>
      this.#onAnswer(subject.slice(this.#inbox.length), payload, noResponders),
    );
    this.#stopWatching = wire.onState((isConnected) => {
      if (!isConnected) this.#failAll('the connection to the messaging bus (NATS) was lost');
    });
  }

  get isConnected(): boolean {
    return this.#wire.isConnected;
  }

  /**
   * Stores all messages, in order, or none. Throws `bus-unavailable` without a connection, when it is lost, or when no
   * answer comes in time: whether the batch is stored is then unknown.
   */
  async commit(messages: readonly BatchMessage[]): Promise<BatchStored | BatchRefusal> {
    const id = `${this.#life}${(this.#number++).toString(36)}`;
    this.#send(id, messages);
    const answer = Promise.withResolvers<BatchStored | BatchRefusal>();
    const timer = setTimeout(
      () => this.#fail(id, `the messaging bus (NATS) gave no answer within ${this.#answerMs} ms`),
      this.#answerMs,
    );
    this.#waiting.set(id, { count: messages.length, answer, timer });
    return answer.promise;
  }

  /** Batches under way end in `bus-unavailable`. The wire is its owner's to close. */
  close(): void {
    this.#stopWatching();
    this.#subscription.unsubscribe();
    this.#failAll('the sender is stopping');
  }

  #send(id: string, messages: readonly BatchMessage[]): void {
    if (messages.length === 0 || messages.length > MOST_BATCH_MESSAGES) {
      throw new RangeError(`a batch has ${messages.length} messages; 1 to ${MOST_BATCH_MESSAGES} are possible`);
    }
    if (messages.length === 1) {
      const { subject, headers, payload } = messages[0]!;
      return this.#wire.publishWithHeaders(subject, headers, payload, this.#inbox + id);
    }
    const last = messages.length - 1;
    messages.forEach(({ subject, headers, payload }, index) => {
      const place = `Nats-Batch-Id: ${id}\r\nNats-Batch-Sequence: ${index + 1}\r\n`;
      if (index < last) return this.#wire.publishWithHeaders(subject, headers + place, payload);
      const commit = `${headers}${place}Nats-Batch-Commit: 1\r\n`;
      this.#wire.publishWithHeaders(subject, commit, payload, this.#inbox + id);
    });
  }

  #onAnswer(id: string, payload: Buffer, noResponders: boolean): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    if (noResponders) return this.#fail(id, 'no stream takes the messages, or JetStream does not run');
    const answer = answerSchema.safeParse(jsonOrNull(payload.toString('utf8')));
    if (!answer.success) return this.#fail(id, 'the messaging bus (NATS) gave an answer that cannot be read');
    if ('error' in answer.data) {
      const { err_code: code, description } = answer.data.error;
      return this.#end(id).resolve({ isStored: false, code, description });
    }
    const { count, seq } = answer.data;
    if (count !== waiting.count) return this.#fail(id, `${count} of ${waiting.count} messages were stored`);
    this.#end(id).resolve({ isStored: true, sequence: seq - count + 1 });
  }

  #failAll(reason: string): void {
    for (const id of [...this.#waiting.keys()]) this.#fail(id, reason);
  }

  #fail(id: string, reason: string): void {
    this.#end(id).reject(
      new SovfnError('bus-unavailable', `it is not known whether the messages were stored: ${reason}`, {
        hint: 'Retry in a moment; `sovfn status` shows the state of the bus.',
      }),
    );
  }

  #end(id: string): PromiseWithResolvers<BatchStored | BatchRefusal> {
    const { answer, timer } = this.#waiting.get(id)!;
    clearTimeout(timer);
    this.#waiting.delete(id);
    return answer;
  }
}
