/**
 * The life of one delivered event, from its message to the acknowledgement.
 *
 * Guarantees: the message is acknowledged only when the event has ended in a terminal record, or its next attempt is
 * stored as a schedule. Each step can be repeated: a gateway that is killed between any two leaves a message that comes
 * again, and a record that says how far it got. Of two gateways that run the same event one finds the record changed and
 * lets go. Not guaranteed: that an attempt is made once only.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { JsMsg } from '@nats-io/jetstream';
import {
  type Attempt,
  type EventHead,
  type EventLane,
  type EventRecord,
  type FunctionAddress,
  functionOfEvent,
  PROTOCOL_VERSION,
  TERMINAL_STATES,
} from '@sovfn/protocol';
import type { Log } from '../../logger.ts';
import type { EndedEvents } from '../ended/ended-events.ts';
import { type EventPolicy, retryOf } from '../event-policy.ts';
import type { AskedAttempt, AttemptSurroundings } from './attempt.ts';
import type { AttemptResult } from './attempt-result.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type EventRecords, NO_RECORD, type StoredRecord } from './event-records.ts';
import { logEventEnded, logEventPostponed, logEventRetry, logRunGivenUp } from './events.ts';
import { attemptOf, lostAttempt, newRecord, withAttempt } from './new-record.ts';
import { decide } from './retry-decision.ts';
import type { NextAttempts } from './next-attempts.ts';

export interface RunSurroundings extends Pick<AttemptSurroundings, 'functions'> {
  readonly records: EventRecords;
  readonly letters: DeadLetters;
  readonly next: Pick<NextAttempts, 'schedule'>;
  readonly ended: Pick<EndedEvents, 'keep'>;
  readonly isPaused: (of: FunctionAddress) => boolean;
  /** For functions that are not deployed (any more). */
  readonly defaultPolicy: EventPolicy;
  /** Called when an event with a callback has ended; resolves when the callback is durable. */
  readonly enqueueCallback: (head: EventHead) => Promise<void>;
  readonly log: Log;
}

export interface DeliveredEvent {
  readonly message: JsMsg;
  readonly head: EventHead;
  readonly body: Buffer;
  readonly lane: EventLane;
  /** Makes one attempt. Throws what the signal is aborted with; whatever else goes wrong is a result. */
  readonly makeAttempt: (asked: AskedAttempt) => Promise<AttemptResult>;
}

/** What a run is aborted with. */
export class RunStopped extends Error {
  override name = 'RunStopped';
  /** `cancelled`: the event ends so. `stopping`: this gateway ends. `paused`: the function's events are not to begin. */
  readonly reason: 'cancelled' | 'stopping' | 'paused';

  constructor(reason: RunStopped['reason']) {
    super(`the run of the event was stopped: ${reason}`);
    this.reason = reason;
  }
}

/** Another gateway has written the record. */
class RecordTaken extends Error {
  override name = 'RecordTaken';
}

/** Between two looks whether an event that could not begin can begin now. Milliseconds. */
const POSTPONE_MS = 1_000;
const LONGEST_POSTPONE_MS = 30_000;
const MOST_RELOADS = 3;
/** A message that came although its function is paused stays away for this long. Milliseconds. */
const PAUSED_MS = 1_000;

export class EventRun {
  readonly head: EventHead;
  readonly #surroundings: RunSurroundings;
  readonly #message: JsMsg;
  readonly #body: Buffer;
  readonly #lane: EventLane;
  readonly #makeAttempt: DeliveredEvent['makeAttempt'];
  readonly #stopping = new AbortController();
  #stored: StoredRecord;
  readonly #isRepeated: boolean;
  #hasBegun = false;
  #isCalling = false;
  #isLeaving = false;

  constructor(surroundings: RunSurroundings, { message, head, body, lane, makeAttempt }: DeliveredEvent) {
    this.head = head;
    this.#surroundings = surroundings;
    this.#message = message;
    this.#body = body;
    this.#lane = lane;
    this.#makeAttempt = makeAttempt;
    this.#isRepeated = message.redelivered;
    this.#stored = { record: newRecord(head, body.length), sequence: NO_RECORD };
  }

  /** The call under way is cancelled. `cancelled`: the event ends so; `stopping`: another gateway takes it. */
  stop(reason: RunStopped['reason']): void {
    this.#stopping.abort(new RunStopped(reason));
  }

  /** As soon as no call is under way, the event goes back to the bus. */
  leave(): void {
    this.#isLeaving = true;
    if (!this.#isCalling) this.stop('stopping');
  }

  /** Never rejects. True: the message is acknowledged. False: it was given back, or comes again by itself. */
  async run(): Promise<boolean> {
    try {
      await this.#load();
      await this.#advanceUntilTaken();
      this.#message.ack();
      return true;
    } catch (error) {
      return await this.#letGo(error);
    }
  }

  async #letGo(error: unknown): Promise<boolean> {
    const { log } = this.#surroundings;
    if (!(error instanceof RunStopped)) {
      logRunGivenUp(log, this.head, error);
      return false;
    }
    try {
      if (error.reason === 'cancelled') return await this.#cancel();
      // What was under way counts as no attempt: it ended because of us.
      if (this.#stored.record.state === 'running') await this.#write({ state: 'pending' });
    } catch (failure) {
      logRunGivenUp(log, this.head, failure);
    }
    if (error.reason === 'paused') this.#message.nak(PAUSED_MS);
    else this.#message.nak();
    return false;
  }

  async #cancel(): Promise<boolean> {
    await this.#end({ state: 'cancelled', cause: 'cancelled while it ran' });
    this.#message.ack();
    return true;
  }

  /** The first message of an event that was never delivered before has no record. */
  async #load(): Promise<void> {
    if (!this.#isRepeated && this.head.attempt === 1) return;
    const known = await this.#surroundings.records.read(this.#to, this.head.id);
    if (known !== null) this.#stored = known;
  }

  async #advanceUntilTaken(): Promise<void> {
    for (let reloads = 0; ; reloads++) {
      try {
        return await this.#advance();
      } catch (error) {
        if (!(error instanceof RecordTaken)) throw error;
        const now = await this.#surroundings.records.read(this.#to, this.head.id);
        if (now === null || reloads === MOST_RELOADS) throw error;
        this.#stored = now;
        // Whoever changed the record after our attempt began is responsible for the event, unless it has ended.
        if (this.#hasBegun && !TERMINAL_STATES.has(now.record.state)) throw error;
      }
    }
  }

  async #advance(): Promise<void> {
    const { record } = this.#stored;
    if (TERMINAL_STATES.has(record.state)) return this.#afterEnd(record.letter === null ? this.#keep() : null);
    if (record.turn > this.head.attempt) return;
    const last = record.attempts.at(-1) ?? null;
    if (this.#lane === 'any' && record.state === 'waiting' && last !== null && last.attempt >= this.head.attempt) {
      return this.#scheduleNext(last);
    }
    if (record.state === 'running') await this.#countLostAttempt();
    await this.#attemptUntilOver();
  }

  /** The gateway that had the event before was lost in the middle of an attempt. */
  async #countLostAttempt(): Promise<void> {
    const { attempts } = this.#stored.record;
    await this.#write({ state: 'pending', attempts: withAttempt(attempts, lostAttempt(this.#nextAttempt())) });
  }

  /** One attempt, and as long as the event keeps its message, the following ones. */
  async #attemptUntilOver(): Promise<void> {
    await this.#untilDue();
    for (let postponed = 0; ; postponed++) {
      this.#assertMayRun();
      if (this.#isExpired()) return this.#end({ state: 'expired', cause: `not begun by ${this.head.expiresAt}` });
      const attempt = this.#nextAttempt();
      const retry = retryOf(this.#policy(), this.head);
      if (attempt > retry.attempts) return this.#deadLetter(null, 'every attempt ended with its gateway');
      const result = await this.#attempt(attempt);
      const decision = decide(result, attempt, retry);
      if (decision.kind === 'postpone') {
        await this.#postpone(decision.cause, postponed);
        continue;
      }
      if (decision.kind === 'succeeded') return this.#succeed(result, attempt);
      if (decision.kind === 'dead-letter') return this.#deadLetter({ result, attempt }, decision.cause);
      if (await this.#retry(result, attempt, decision.delayMs)) return;
    }
  }

  /** In the ordered lane an event keeps its message between its attempts; after a loss it goes on waiting. */
  async #untilDue(): Promise<void> {
    const retryAt = this.#stored.record.attempts.at(-1)?.retryAt ?? null;
    if (this.#lane === 'any' || retryAt === null) return;
    await this.#wait(Date.parse(retryAt) - Date.now());
  }

  async #attempt(attempt: number): Promise<AttemptResult> {
    await this.#write({ state: 'running', turn: this.head.attempt, cause: null });
    this.#hasBegun = true;
    const { head } = this;
    const asked = { head, body: this.#body, attempt, signal: this.#stopping.signal };
    this.#isCalling = true;
    try {
      return await this.#makeAttempt(asked);
    } finally {
      this.#isCalling = false;
    }
  }

  async #postpone(cause: string, times: number): Promise<void> {
    const waitMs = Math.min(POSTPONE_MS * 2 ** Math.min(times, 10), LONGEST_POSTPONE_MS);
    if (times === 0) logEventPostponed(this.#surroundings.log, this.head, cause);
    await this.#write({ state: 'waiting', cause: cause.slice(0, 2_000) });
    await this.#wait(waitMs);
  }

  async #succeed(result: AttemptResult, attempt: number): Promise<void> {
    const output = result.kind === 'response' ? result.output : null;
    await this.#end({ state: 'succeeded', attempts: this.#attemptsWith(attemptOf(result, attempt, null)), output });
  }

  /** True: the message has done its duty. */
  async #retry(result: AttemptResult, attempt: number, delayMs: number): Promise<boolean> {
    const made = attemptOf(result, attempt, new Date(Date.now() + delayMs));
    await this.#write({ state: 'waiting', attempts: this.#attemptsWith(made) });
    logEventRetry(this.#surroundings.log, this.head, made);
    if (this.#lane === 'any') await this.#scheduleNext(made);
    else await this.#wait(delayMs);
    return this.#lane === 'any';
  }

  /** Repeating it replaces the schedule. */
  async #scheduleNext({ attempt, retryAt }: Attempt): Promise<void> {
    const at = new Date(retryAt ?? Date.now());
    await this.#surroundings.next.schedule({ ...this.head, attempt: attempt + 1 }, this.#body, at);
  }

  async #deadLetter(last: { result: AttemptResult; attempt: number } | null, cause: string): Promise<void> {
    const { letters } = this.#surroundings;
    const attempts =
      last === null ? this.#stored.record.attempts : this.#attemptsWith(attemptOf(last.result, last.attempt, null));
    const lastResponse = last?.result.kind === 'response' ? last.result.last : null;
    const endedAt = new Date().toISOString();
    const keeps = this.#policy().keepsDeadLetters;
    const cut = cause.slice(0, 2_000);
    const letter = {
      v: PROTOCOL_VERSION,
      event: this.head,
      diedAt: endedAt,
      cause: cut,
      lastResponse,
      attempts,
      redrive: null,
    } as const;
    if (keeps) await letters.put(letter, this.#body);
    try {
      await this.#end({ state: 'dead-lettered', attempts, cause: cut, letter: keeps ? 'kept' : null });
    } catch (error) {
      if (error instanceof RecordTaken && keeps) await this.#dropLetterUnlessDead();
      throw error;
    }
  }

  /** The event was ended otherwise in the meantime. */
  async #dropLetterUnlessDead(): Promise<void> {
    const { records, letters } = this.#surroundings;
    const now = await records.read(this.#to, this.head.id);
    const isOther = now !== null && TERMINAL_STATES.has(now.record.state) && now.record.state !== 'dead-lettered';
    if (isOther) await letters.remove(this.head);
  }

  async #end(patch: Partial<EventRecord> & Pick<EventRecord, 'state'>): Promise<void> {
    // A dead letter holds the event itself.
    const kept = (patch.letter ?? null) === null ? this.#keep() : null;
    const written = this.#write({ cause: null, ...patch, endedAt: new Date().toISOString() });
    await Promise.all([written, kept]);
    logEventEnded(this.#surroundings.log, this.#stored.record);
    await this.#afterEnd(kept);
  }

  /** What goes along with the terminal record, and comes before the acknowledgement. */
  async #afterEnd(kept: Promise<void> | null): Promise<void> {
    await kept;
    if (this.head.callback !== null) await this.#surroundings.enqueueCallback(this.head);
  }

  /** So that the event can be run again. */
  #keep(): Promise<void> {
    return this.#surroundings.ended.keep(this.head, this.#body);
  }

  async #write(patch: Partial<EventRecord>): Promise<void> {
    const { record, sequence } = this.#stored;
    const written = await this.#surroundings.records.write({ ...record, ...patch }, sequence);
    if (written === null) throw new RecordTaken('another gateway has written the record of the event');
    this.#stored = written;
  }

  async #wait(ms: number): Promise<void> {
    if (this.#isLeaving) this.stop('stopping');
    if (ms > 0) await untilAbortedOr(ms, this.#stopping.signal);
  }

  /** Throws RunStopped for a function that was paused meanwhile: its event goes back. */
  #assertMayRun(): void {
    this.#stopping.signal.throwIfAborted();
    if (this.#surroundings.isPaused(this.#to)) throw new RunStopped('paused');
  }

  #attemptsWith(attempt: Attempt): Attempt[] {
    return withAttempt(this.#stored.record.attempts, attempt);
  }

  #nextAttempt(): number {
    return Math.max(this.head.attempt, (this.#stored.record.attempts.at(-1)?.attempt ?? 0) + 1);
  }

  #isExpired(): boolean {
    const { expiresAt } = this.head;
    return expiresAt !== null && this.#stored.record.attempts.length === 0 && Date.parse(expiresAt) < Date.now();
  }

  #policy(): EventPolicy {
    const { functions, defaultPolicy } = this.#surroundings;
    return functions.get(this.head.tenant, this.head.function)?.events ?? defaultPolicy;
  }

  get #to(): FunctionAddress {
    return functionOfEvent(this.head);
  }
}

async function untilAbortedOr(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
