/**
 * What people do with dead letters: run them again (redrive), or let them go (purge).
 *
 * Guarantees: a letter that is redriven becomes one event, however often it is asked for, by how many at once, and
 * wherever a gateway dies in between: which event it becomes is written into the letter first, and the letter is removed
 * last. A purged letter is gone, and what it held with it. The record of its event says what became of it.
 */
import {
  type DeadLetter,
  deadLetterStream,
  deadLetterSubject,
  decodeDeadLetter,
  encodeDeadLetter,
  type EventRecord,
  eventRecordSchema,
  isSovfnError,
  recordStream,
  recordSubject,
  SovfnError,
} from '@sovfn/protocol';
import type { Acceptance } from '../accept/event-acceptor.ts';
import type { EventBodies } from '../accept/event-bodies.ts';
import type { EventAddress } from '../async/event-address.ts';
import type { EventLookup } from '../async/event-lookup.ts';
import type { EventStreams } from '../history/event-streams.ts';
import type { RunAgain } from '../replay/run-again.ts';

export interface DeadLettersOptions {
  readonly streams: EventStreams;
  readonly lookup: EventLookup;
  readonly again: RunAgain;
  readonly bodies: EventBodies;
  readonly newEvent: () => string;
  /** A body that nobody needs could not be removed: BodySweep will. */
  readonly onLeftOver: (error: unknown) => void;
}

export interface StoredLetter {
  readonly letter: DeadLetter;
  readonly body: Buffer;
  readonly sequence: number;
}

/** Somebody else may change a letter or a record between the look and the write. */
const MOST_TRIES = 5;

export class DeadLetters {
  readonly #options: DeadLettersOptions;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /** Throws `letter-not-found`, `bad-message`, `bus-unavailable`. */
  async read(of: EventAddress): Promise<StoredLetter> {
    const message = await this.#options.streams.last(deadLetterStream(of.zone), deadLetterSubject(of, of.event));
    if (message === null) throw letterNotFound(of);
    return { ...decodeDeadLetter(await this.#options.streams.opened(message)), sequence: message.seq };
  }

  /** Resolves with the event that it has become. Throws like `read`, and what RunAgain throws: then the letter stays. */
  async redrive(of: EventAddress): Promise<Acceptance> {
    const { event, wasBegun, ...stored } = await this.#begin(of);
    const known = wasBegun && (await this.#isKnown({ ...of, event }));
    const as = { id: event, key: `redrive:${of.event}` };
    const { letter, body } = stored;
    const accepted = known
      ? { id: event, isDuplicate: true }
      : await this.#options.again.accept(letter.event, body, as);
    await this.#finish(of, stored, 'redriven');
    return accepted;
  }

  /** Also one that cannot be read. Throws `letter-not-found` or `bus-unavailable`. */
  async purge(of: EventAddress): Promise<void> {
    await this.#finish(of, await this.read(of).catch(nullWhenUnreadable), 'purged');
  }

  /** Writes into the letter which event it becomes, unless it says so already. */
  async #begin(of: EventAddress) {
    for (let tries = 1; ; tries++) {
      const stored = await this.read(of);
      const { letter, body, sequence } = stored;
      if (letter.isUnreadable) throw unreadable(of);
      if (letter.redrive !== null) return { ...stored, event: letter.redrive.event, wasBegun: true };
      const event = this.#options.newEvent();
      const begun = { ...letter, redrive: { event, at: new Date().toISOString() } };
      const subject = deadLetterSubject(of, of.event);
      const isWritten = await this.#options.streams.writeSealed(subject, encodeDeadLetter(begun, body), sequence);
      if (isWritten) return { ...stored, event, wasBegun: false };
      if (tries === MOST_TRIES) throw changedMeanwhile(`the dead letter of event ${of.event}`);
    }
  }

  /** The marker says so for 72 hours; the event itself, or its record, for longer. */
  async #isKnown(of: EventAddress): Promise<boolean> {
    try {
      await this.#options.lookup.find(of);
      return true;
    } catch (error) {
      if (isSovfnError(error) && error.code === 'event-not-found') return false;
      throw error;
    }
  }

  /** In this order, so that a letter that is still there can be asked for the same again. */
  async #finish(of: EventAddress, stored: StoredLetter | null, fate: 'redriven' | 'purged'): Promise<void> {
    await this.#markRecord(of, fate);
    await this.#options.streams.remove(deadLetterStream(of.zone), deadLetterSubject(of, of.event));
    const reference = stored?.letter.event.bodyReference ?? null;
    if (reference !== null) await this.#options.bodies.remove(reference).catch(this.#options.onLeftOver);
  }

  /** Letters outlive records: then there is nothing to mark. */
  async #markRecord(of: EventAddress, fate: NonNullable<EventRecord['letter']>): Promise<void> {
    const subject = recordSubject(of, of.event);
    for (let tries = 1; ; tries++) {
      const message = await this.#options.streams.last(recordStream(of.zone), subject);
      if (message === null) return;
      const record: EventRecord = { ...eventRecordSchema.parse(message.json()), letter: fate };
      if (await this.#options.streams.write(subject, JSON.stringify(record), message.seq)) return;
      if (tries === MOST_TRIES) throw changedMeanwhile(`the record of event ${of.event}`);
    }
  }
}

function letterNotFound({ event, function: name }: EventAddress): SovfnError {
  return new SovfnError('letter-not-found', `"${name}" has no dead letter of event ${event}`, {
    hint: `It was redriven or purged, or the event did not die: sovfn events show ${event}.`,
  });
}

function unreadable({ event }: EventAddress): SovfnError {
  return new SovfnError('event-not-kept', `what event ${event} asked for cannot be read`, {
    hint: `Send it again where it came from; then let the letter go: sovfn dlq purge ${event}.`,
  });
}

function changedMeanwhile(what: string): SovfnError {
  return new SovfnError('bus-unavailable', `${what} was changed by others again and again`, {
    hint: 'Repeat the request.',
  });
}

function nullWhenUnreadable(error: unknown): null {
  if (isSovfnError(error) && error.code === 'bad-message') return null;
  throw error;
}
