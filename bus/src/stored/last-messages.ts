import type { NatsConnection } from '@nats-io/transport-node';
import { MOST_SUBJECTS, readLastMessages, type StoredMessage } from './stored-messages.ts';

interface Waiting {
  readonly subject: string;
  readonly found: PromiseWithResolvers<StoredMessage | null>;
}

/** Last messages of the subjects of one stream. What is asked for in one turn of the event loop is asked together. */
export class LastMessages {
  readonly #connection: NatsConnection;
  readonly #stream: string;
  #waiting: Waiting[] = [];

  constructor(connection: NatsConnection, stream: string) {
    this.#connection = connection;
    this.#stream = stream;
  }

  /** Null: the subject has none. Throws `bus-unavailable`. */
  async read(subject: string): Promise<StoredMessage | null> {
    const found = Promise.withResolvers<StoredMessage | null>();
    this.#waiting.push({ subject, found });
    if (this.#waiting.length === 1) setImmediate(() => this.#askAll());
    return found.promise;
  }

  #askAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += MOST_SUBJECTS) void this.#ask(waiting.slice(at, at + MOST_SUBJECTS));
  }

  /** Settles every member; never throws. */
  async #ask(group: readonly Waiting[]): Promise<void> {
    try {
      const subjects = [...new Set(group.map(({ subject }) => subject))];
      const messages = await readLastMessages(this.#connection, this.#stream, subjects);
      const bySubject = new Map(messages.map((message) => [message.subject, message]));
      for (const { subject, found } of group) found.resolve(bySubject.get(subject) ?? null);
    } catch (error) {
      for (const { found } of group) found.reject(error);
    }
  }
}
