/**
 * The life of one delivered event, from its message to the acknowledgement.
 *
 * Guarantees: the message is acknowledged only when the event has ended in a terminal record, or its next attempt is
 * stored as a schedule. Each step can be repeated: a gateway that is killed between any two leaves a message that comes
 * again, and a record that says how far it got. Of two gateways that run the same event one finds the record changed and
 * lets go. Not guaranteed: that an attempt is made once only.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Attempt, type EventHead, type EventLane, type FunctionAddress, functionOfEvent } from '@sovfn/protocol';
import { noteAttempt } from '../../metrics/event-counts.ts';
import { type EventPolicy, retryOf } from '../event-policy.ts';
import type { AskedAttempt } from './attempt.ts';
import type { AttemptResult } from './attempt-result.ts';
import type { Delivery } from './delivery.ts';
import type { CallSlot } from './function-limits.ts';
import { logEventPostponed, logEventRetry, logRunGivenUp } from './events.ts';
import type { NextAttempts } from './next-attempts.ts';
import { decide } from './retry-decision.ts';
import { type RecordSurroundings, RecordTaken, RunRecord } from './run-record.ts';
import { RunStopped } from './run-stopped.ts';

export interface RunSurroundings extends RecordSurroundings {
  readonly next: Pick<NextAttempts, 'schedule'>;
  readonly isPaused: (of: FunctionAddress) => boolean;
  /** For functions that are not deployed (any more). */
  readonly defaultPolicy: EventPolicy;
}

export interface DeliveredEvent {
  readonly message: Delivery;
  readonly head: EventHead;
  readonly body: Buffer;
  readonly lane: EventLane;
  /** Resolves when a call may be made. Throws what the signal is aborted with. */
  readonly takeSlot: (signal: AbortSignal) => Promise<CallSlot>;
  /** Makes one attempt. Throws what the signal is aborted with; whatever else goes wrong is a result. */
  readonly makeAttempt: (asked: AskedAttempt) => Promise<AttemptResult>;
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
  readonly #message: Delivery;
  readonly #body: Buffer;
  readonly #lane: EventLane;
  readonly #takeSlot: DeliveredEvent['takeSlot'];
  readonly #makeAttempt: DeliveredEvent['makeAttempt'];
  readonly #stopping = new AbortController();
  readonly #record: RunRecord;
  readonly #isRepeated: boolean;
  #hasBegun = false;
  #isCalling = false;
  #isLeaving = false;

  constructor(surroundings: RunSurroundings, { message, head, body, lane, takeSlot, makeAttempt }: DeliveredEvent) {
    this.head = head;
    this.#surroundings = surroundings;
    this.#message = message;
    this.#body = body;
    this.#lane = lane;
    this.#takeSlot = takeSlot;
    this.#makeAttempt = makeAttempt;
    this.#isRepeated = message.redelivered;
    this.#record = new RunRecord(surroundings, head, body);
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
      // The first message of an event that was never delivered before has no record.
      if (this.#isRepeated || this.head.attempt > 1) await this.#record.load();
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
      if (this.#record.now.state === 'running') await this.#record.write({ state: 'pending' });
    } catch (failure) {
      logRunGivenUp(log, this.head, failure);
    }
    if (error.reason === 'paused') this.#message.nak(PAUSED_MS);
    else this.#message.nak();
    return false;
  }

  async #cancel(): Promise<boolean> {
    await this.#record.end({ state: 'cancelled', cause: 'cancelled while it ran' });
    this.#message.ack();
    return true;
  }

  async #advanceUntilTaken(): Promise<void> {
    for (let reloads = 0; ; reloads++) {
      try {
        return await this.#advance();
      } catch (error) {
        if (!(error instanceof RecordTaken)) throw error;
        if (!(await this.#record.load()) || reloads === MOST_RELOADS) throw error;
        // Whoever changed the record after our attempt began is responsible for the event, unless it has ended.
        if (this.#hasBegun && !this.#record.isTerminal) throw error;
      }
    }
  }

  async #advance(): Promise<void> {
    const record = this.#record.now;
    if (this.#record.isTerminal) return this.#record.completeEnd();
    if (record.turn > this.head.attempt) return;
    const last = record.attempts.at(-1) ?? null;
    if (this.#lane === 'any' && record.state === 'waiting' && last !== null && last.attempt >= this.head.attempt) {
      return this.#scheduleNext(last);
    }
    if (record.state === 'running') await this.#record.countLostAttempt();
    await this.#attemptUntilOver();
  }

  /** One attempt, and as long as the event keeps its message, the following ones. */
  async #attemptUntilOver(): Promise<void> {
    await this.#untilDue();
    for (let postponed = 0; ; postponed++) {
      this.#assertMayRun();
      if (this.#isExpired())
        return this.#record.end({ state: 'expired', cause: `not begun by ${this.head.expiresAt}` });
      const attempt = this.#record.nextAttempt;
      const retry = retryOf(this.#policy(), this.head);
      if (attempt > retry.attempts) return this.#die(null, 'every attempt ended with its gateway');
      const result = await this.#attempt(attempt);
      const decision = decide(result, attempt, retry);
      if (decision.kind === 'postpone') {
        await this.#postpone(decision.cause, postponed);
        continue;
      }
      if (decision.kind === 'succeeded') return this.#record.succeed(result, attempt);
      if (decision.kind === 'dead-letter') return this.#die({ result, attempt }, decision.cause);
      if (await this.#retry(result, attempt, decision.delayMs)) return;
    }
  }

  /** In the ordered lane an event keeps its message between its attempts; after a loss it goes on waiting. */
  async #untilDue(): Promise<void> {
    const retryAt = this.#record.now.attempts.at(-1)?.retryAt ?? null;
    if (this.#lane === 'any' || retryAt === null) return;
    await this.#wait(Date.parse(retryAt) - Date.now());
  }

  async #attempt(attempt: number): Promise<AttemptResult> {
    const slot = await this.#takeSlot(this.#stopping.signal);
    try {
      await this.#record.write({ state: 'running', turn: this.head.attempt, cause: null });
      this.#hasBegun = true;
      slot.callBegins();
      return await this.#call({ head: this.head, body: this.#body, attempt, signal: this.#stopping.signal });
    } finally {
      slot.giveBack();
    }
  }

  async #call(asked: AskedAttempt): Promise<AttemptResult> {
    const { counts } = this.#record;
    this.#isCalling = true;
    if (counts !== null) counts.running++;
    try {
      const result = await this.#makeAttempt(asked);
      if (counts !== null) noteAttempt(counts, result.kind === 'failure' ? result.outcome : 'ok');
      return result;
    } finally {
      this.#isCalling = false;
      if (counts !== null) counts.running--;
    }
  }

  async #postpone(cause: string, times: number): Promise<void> {
    const waitMs = Math.min(POSTPONE_MS * 2 ** Math.min(times, 10), LONGEST_POSTPONE_MS);
    if (times === 0) logEventPostponed(this.#surroundings.log, this.head, cause);
    await this.#record.wait(cause);
    await this.#wait(waitMs);
  }

  /** True: the message has done its duty. */
  async #retry(result: AttemptResult, attempt: number, delayMs: number): Promise<boolean> {
    const made = await this.#record.retry(result, attempt, new Date(Date.now() + delayMs));
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

  async #die(last: { result: AttemptResult; attempt: number } | null, cause: string): Promise<void> {
    await this.#record.die(last, cause, this.#policy().keepsDeadLetters);
  }

  async #wait(ms: number): Promise<void> {
    if (this.#isLeaving) this.stop('stopping');
    if (ms > 0) await untilAbortedOr(ms, this.#stopping.signal);
  }

  /** Throws RunStopped for a function that was paused meanwhile: its event goes back. */
  #assertMayRun(): void {
    this.#stopping.signal.throwIfAborted();
    if (this.#surroundings.isPaused(functionOfEvent(this.head))) throw new RunStopped('paused');
  }

  #isExpired(): boolean {
    const { expiresAt } = this.head;
    return expiresAt !== null && this.#record.now.attempts.length === 0 && Date.parse(expiresAt) < Date.now();
  }

  #policy(): EventPolicy {
    const { functions, defaultPolicy } = this.#surroundings;
    return functions.get(this.head.tenant, this.head.function)?.events ?? defaultPolicy;
  }
}

async function untilAbortedOr(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
