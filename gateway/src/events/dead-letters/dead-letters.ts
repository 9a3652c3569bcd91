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
  type EventHead,
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
import type { SealedEvents } from '../sealed-events.ts';
import { contentsOf, type LetterContents } from './letter-contents.ts';

export interface DeadLettersOptions {
  readonly streams: EventStreams;
  readonly lookup: EventLookup;
  readonly again: RunAgain;
  readonly bodies: EventBodies;
  readonly sealed: SealedEvents;
  readonly newEvent: () => string;
  /** A body that nobody needs could not be removed: BodySweep will. */
  readonly onLeftOver: (error: unknown) => void;
}

interface BegunRedrive {
  readonly contents: LetterContents;
  /** The event that the letter becomes. */
  readonly event: string;
  /** Somebody has tried before. */
  readonly wasBegun: boolean;
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
    const { contents, event, wasBegun } = await this.#begin(of);
    const known = wasBegun && (await this.#isKnown({ ...of, event }));
    const as = { id: event, key: `redrive:${of.event}` };
    const accepted = known
      ? { id: event, isDuplicate: true }
      : await this.#options.again.accept(contents.head, contents.body, as);
    await this.#finish(of, contents.head, 'redriven');
    return accepted;
  }

  /** Also one that cannot be read. Throws `letter-not-found` or `bus-unavailable`. */
  async purge(of: EventAddress): Promise<void> {
    const stored = await this.read(of).catch(nullWhenUnreadable);
    await this.#finish(of, stored?.letter.event ?? null, 'purged');
  }

  /** Writes into the letter which event it becomes, unless it says so already. */
  async #begin(of: EventAddress): Promise<BegunRedrive> {
    for (let tries = 1; ; tries++) {
      const { letter, body, sequence } = await this.read(of);
      const contents = await contentsOf(of, { letter, body }, this.#options.sealed);
      if (letter.redrive !== null) return { contents, event: letter.redrive.event, wasBegun: true };
      const event = this.#options.newEvent();
      const begun = { ...letter, redrive: { event, at: new Date().toISOString() } };
      const subject = deadLetterSubject(of, of.event);
      const isWritten = await this.#options.streams.writeSealed(subject, encodeDeadLetter(begun, body), sequence);
      if (isWritten) return { contents, event, wasBegun: false };
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
  async #finish(of: EventAddress, head: EventHead | null, fate: 'redriven' | 'purged'): Promise<void> {
    await this.#markRecord(of, fate);
    await this.#options.streams.remove(deadLetterStream(of.zone), deadLetterSubject(of, of.event));
    const reference = head?.bodyReference ?? null;
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

function changedMeanwhile(what: string): SovfnError {
  return new SovfnError('bus-unavailable', `${what} was changed by others again and again`, {
    hint: 'Repeat the request.',
  });
}

function nullWhenUnreadable(error: unknown): null {
  if (isSovfnError(error) && error.code === 'bad-message') return null;
  throw error;
}
