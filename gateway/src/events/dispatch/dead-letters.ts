import { jetstream, type JetStreamClient, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type DeadLetter,
  deadLetterStream,
  deadLetterSubject,
  encodeDeadLetter,
  type EventHead,
  functionOfEvent,
  SovfnError,
} from '@sovfn/protocol';

/** Keeps events that failed for good. Putting the same letter again replaces it. */
export class DeadLetters {
  readonly #stream: JetStreamClient;
  readonly #manager: JetStreamManager;

  static async open(connection: NatsConnection): Promise<DeadLetters> {
    return new DeadLetters(jetstream(connection), await jetstreamManager(connection, { checkAPI: false }));
  }

  private constructor(stream: JetStreamClient, manager: JetStreamManager) {
    this.#stream = stream;
    this.#manager = manager;
  }

  /** Resolves when the letter is durable. Throws `bus-unavailable`. */
  async put(letter: DeadLetter, body: Buffer): Promise<void> {
    try {
      await this.#stream.publish(subjectOf(letter.event), encodeDeadLetter(letter, body));
    } catch (cause) {
      throw new SovfnError('bus-unavailable', `the dead letter of event ${letter.event.id} could not be kept`, {
        cause,
      });
    }
  }

  /** Also succeeds when there is none. Throws `bus-unavailable`. */
  async remove(event: EventHead): Promise<void> {
    try {
      await this.#manager.streams.purge(deadLetterStream(event.zone), { filter: subjectOf(event) });
    } catch (cause) {
      throw new SovfnError('bus-unavailable', `the dead letter of event ${event.id} could not be removed`, { cause });
    }
  }
}

function subjectOf(event: EventHead): string {
  return deadLetterSubject(functionOfEvent(event), event.id);
}
