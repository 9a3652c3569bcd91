/**
 * What one run writes of its event: the record, and at its end the dead letter or the copy that a replay needs.
 *
 * Guarantees: what belongs to a terminal record is durable before the caller may acknowledge the message. Each write
 * names the state it replaces; when another gateway has written since, it throws RecordTaken and changes nothing.
 */
import {
  type Attempt,
  type EventHead,
  type EventRecord,
  type FunctionAddress,
  functionOfEvent,
  PROTOCOL_VERSION,
  TERMINAL_STATES,
} from '@sovfn/protocol';
import type { Log } from '../../logger.ts';
import type { EndState, TriggerCounts } from '../../metrics/event-counts.ts';
import type { EndedEvents } from '../ended/ended-events.ts';
import type { AttemptSurroundings } from './attempt.ts';
import type { AttemptResult } from './attempt-result.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type EventRecords, NO_RECORD, type StoredRecord } from './event-records.ts';
import { logEventEnded } from './events.ts';
import { attemptOf, lostAttempt, newRecord, withAttempt } from './new-record.ts';

export interface RecordSurroundings extends Pick<AttemptSurroundings, 'functions'> {
  readonly records: EventRecords;
  readonly letters: DeadLetters;
  readonly ended: Pick<EndedEvents, 'keep'>;
  /** Called when an event with a callback has ended; resolves when the callback is durable. */
  readonly enqueueCallback: (head: EventHead) => Promise<void>;
  readonly log: Log;
}

/** Another gateway has written the record. */
export class RecordTaken extends Error {
  override name = 'RecordTaken';
}

const CAUSE_CHARACTERS = 2_000;

export class RunRecord {
  readonly #surroundings: RecordSurroundings;
  readonly #head: EventHead;
  readonly #body: Buffer;
  #stored: StoredRecord;

  constructor(surroundings: RecordSurroundings, head: EventHead, body: Buffer) {
    this.#surroundings = surroundings;
    this.#head = head;
    this.#body = body;
    this.#stored = { record: newRecord(head, body.length), sequence: NO_RECORD };
  }

  get now(): EventRecord {
    return this.#stored.record;
  }

  get isTerminal(): boolean {
    return TERMINAL_STATES.has(this.now.state);
  }

  /** The number of the attempt that comes next. */
  get nextAttempt(): number {
    return Math.max(this.#head.attempt, (this.now.attempts.at(-1)?.attempt ?? 0) + 1);
  }

  /** Where its function's events are counted; null for one that is not deployed (any more). */
  get counts(): TriggerCounts | null {
    const { tenant, function: name, trigger } = this.#head;
    return this.#surroundings.functions.get(tenant, name)?.counts.events.of(trigger) ?? null;
  }

  /** Takes over what is stored. False: there is no record. */
  async load(): Promise<boolean> {
    const found = await this.#surroundings.records.read(this.#of, this.#head.id);
    if (found !== null) this.#stored = found;
    return found !== null;
  }

  /** Throws RecordTaken, or `bus-unavailable` when the bus stays away. */
  async write(patch: Partial<EventRecord>): Promise<void> {
    const { record, sequence } = this.#stored;
    const written = await this.#surroundings.records.write({ ...record, ...patch }, sequence);
    if (written === null) throw new RecordTaken('another gateway has written the record of the event');
    this.#stored = written;
  }

  async wait(cause: string): Promise<void> {
    await this.write({ state: 'waiting', cause: cause.slice(0, CAUSE_CHARACTERS) });
    const { counts } = this;
    if (counts !== null) counts.postponements++;
  }

  /** The gateway that had the event before was lost in the middle of an attempt. */
  async countLostAttempt(): Promise<void> {
    await this.write({ state: 'pending', attempts: this.#attemptsWith(lostAttempt(this.nextAttempt)) });
  }

  /** Another attempt follows at `retryAt`. */
  async retry(result: AttemptResult, attempt: number, retryAt: Date): Promise<Attempt> {
    const made = attemptOf(result, attempt, retryAt);
    await this.write({ state: 'waiting', attempts: this.#attemptsWith(made) });
    const { counts } = this;
    if (counts !== null) counts.retries++;
    return made;
  }

  async succeed(result: AttemptResult, attempt: number): Promise<void> {
    const output = result.kind === 'response' ? result.output : null;
    await this.end({ state: 'succeeded', attempts: this.#attemptsWith(attemptOf(result, attempt, null)), output });
  }

  /** `last`: the attempt that the event died of; null when there was none. `keeps`: the function keeps dead letters. */
  async die(last: { result: AttemptResult; attempt: number } | null, cause: string, keeps: boolean): Promise<void> {
    const { letters } = this.#surroundings;
    const attempts = last === null ? this.now.attempts : this.#attemptsWith(attemptOf(last.result, last.attempt, null));
    const cut = cause.slice(0, CAUSE_CHARACTERS);
    const lastResponse = last?.result.kind === 'response' ? last.result.last : null;
    const died = { diedAt: new Date().toISOString(), cause: cut, lastResponse, attempts };
    const letter = { v: PROTOCOL_VERSION, event: this.#head, ...died, redrive: null, isUnreadable: false } as const;
    if (keeps) await letters.put(letter, this.#body);
    try {
      await this.end({ state: 'dead-lettered', attempts, cause: cut, letter: keeps ? 'kept' : null });
    } catch (error) {
      if (error instanceof RecordTaken && keeps) await this.#dropLetterUnlessDead();
      throw error;
    }
  }

  async end(patch: Partial<EventRecord> & { readonly state: EndState }): Promise<void> {
    const kept = this.#keep({ letter: null, ...patch });
    const written = this.write({ cause: null, ...patch, endedAt: new Date().toISOString() });
    await Promise.all([written.then(() => this.#countEnd(patch.state)), kept]);
    logEventEnded(this.#surroundings.log, this.now);
    await this.#callBack();
  }

  /** Of an event that has ended: what goes along with it may not have been written. */
  async completeEnd(): Promise<void> {
    await this.#keep(this.now);
    await this.#callBack();
  }

  #countEnd(state: EndState): void {
    const { counts } = this;
    if (counts !== null) counts.ended[state]++;
  }

  /** So that the event can be run again; a dead letter holds it itself. */
  async #keep({ letter }: Pick<EventRecord, 'letter'>): Promise<void> {
    if (letter === null) await this.#surroundings.ended.keep(this.#head, this.#body);
  }

  async #callBack(): Promise<void> {
    if (this.#head.callback !== null) await this.#surroundings.enqueueCallback(this.#head);
  }

  /** The event was ended otherwise in the meantime. */
  async #dropLetterUnlessDead(): Promise<void> {
    const { records, letters } = this.#surroundings;
    const found = await records.read(this.#of, this.#head.id);
    const isOther = found !== null && TERMINAL_STATES.has(found.record.state) && found.record.state !== 'dead-lettered';
    if (isOther) await letters.remove(this.#head);
  }

  #attemptsWith(attempt: Attempt): Attempt[] {
    return withAttempt(this.now.attempts, attempt);
  }

  get #of(): FunctionAddress {
    return functionOfEvent(this.#head);
  }
}
