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
import type { SealedEvents } from '../sealed-events.ts';

/** Keeps events that failed for good. Putting the same letter again replaces it. */
export class DeadLetters {
  readonly #stream: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #sealed: SealedEvents;

  static async open(connection: NatsConnection, sealed: SealedEvents): Promise<DeadLetters> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    return new DeadLetters(jetstream(connection), manager, sealed);
  }

  private constructor(stream: JetStreamClient, manager: JetStreamManager, sealed: SealedEvents) {
    this.#stream = stream;
    this.#manager = manager;
    this.#sealed = sealed;
  }

  /** Resolves when the letter is durable. Throws `bus-unavailable`. */
  async put(letter: DeadLetter, body: Buffer): Promise<void> {
    try {
      const subject = subjectOf(letter.event);
      await this.#stream.publish(subject, await this.#sealed.seal(subject, encodeDeadLetter(letter, body)));
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
