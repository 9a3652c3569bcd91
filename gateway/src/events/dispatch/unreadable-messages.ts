/**
 * Messages that cannot be read: damaged, or written by a version that this gateway does not know.
 *
 * Guarantees: such a message is given back a few times, so that a newer gateway may read it; then it ends as a dead letter
 * that holds its bytes, under the event that its subject names (another id, where that is none or has ended). It is logged
 * once. Each step may be repeated. Not guaranteed: that it is what was accepted.
 */
import { createHash } from 'node:crypto';
import type { JsMsg } from '@nats-io/jetstream';
import {
  derivedInvocationId,
  EVENT_INLINE_BYTES,
  eventHeadSchema,
  type EventHead,
  eventOfSubject,
  type EventTrigger,
  type FunctionAddress,
  isInvocationId,
  PROTOCOL_VERSION,
  TERMINAL_STATES,
} from '@sovfn/protocol';
import type { Log } from '../../logger.ts';
import type { DeployedFunctions } from '../../routes/deployed-functions.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type EventRecords, NO_RECORD, type StoredRecord } from './event-records.ts';
import { logEventEnded, logEventUnreadable, logUnreadableKept } from './events.ts';
import { newRecord } from './new-record.ts';

export interface UnreadableMessagesOptions {
  readonly functions: Pick<DeployedFunctions, 'get'>;
  readonly records: Pick<EventRecords, 'read' | 'write'>;
  readonly letters: Pick<DeadLetters, 'put'>;
  readonly log: Log;
  /** Before it is given to a gateway again; doubled each time. Milliseconds. */
  readonly againMs: number;
}

export interface UnreadableFacts {
  readonly of: FunctionAddress;
  /** Null: it is not known how it came. */
  readonly trigger: EventTrigger | null;
  readonly error: unknown;
}

const MOST_DELIVERIES = 4;
const ERROR_CHARACTERS = 500;

export class UnreadableMessages {
  readonly #options: UnreadableMessagesOptions;

  constructor(options: UnreadableMessagesOptions) {
    this.#options = options;
  }

  /** Never throws: what fails is tried again when the message comes again. */
  takeIn(message: JsMsg, facts: UnreadableFacts): void {
    const { log, againMs } = this.#options;
    const { deliveryCount } = message.info;
    if (deliveryCount === 1) logEventUnreadable(log, message.subject, facts.error);
    if (deliveryCount < MOST_DELIVERIES) return message.nak(againMs * 2 ** (deliveryCount - 1));
    this.#bury(message, facts).then(
      () => message.term(),
      (error: unknown) => {
        logUnreadableKept(log, message.subject, error);
        message.nak(againMs);
      },
    );
  }

  async #bury(message: JsMsg, { of, trigger, error }: UnreadableFacts): Promise<void> {
    const { records, letters, functions, log } = this.#options;
    const { id, stored } = await this.#findId(of, message);
    const { data, subject, time } = message;
    const body = Buffer.from(data.subarray(0, EVENT_INLINE_BYTES));
    const cut = body.length < data.length ? `; the first ${body.length} of its ${data.length} bytes are kept` : '';
    const cause = `the message on ${subject} cannot be read: ${String(error).slice(0, ERROR_CHARACTERS)}${cut}`;
    const event = headOf(of, { id, trigger: trigger ?? 'async', acceptedAt: time.toISOString() });
    const diedAt = new Date().toISOString();
    const attempts = stored?.record.attempts ?? [];
    const facts = { diedAt, cause, lastResponse: null, attempts, redrive: null, isUnreadable: true };
    await letters.put({ v: PROTOCOL_VERSION, event, ...facts }, body);
    const record = stored?.record ?? newRecord(event, body.length);
    const ended = { state: 'dead-lettered', endedAt: diedAt, cause, letter: 'kept' } as const;
    const written = await records.write({ ...record, ...ended }, stored?.sequence ?? NO_RECORD);
    if (written === null) throw new Error('its record was written by another gateway');
    logEventEnded(log, written.record);
    const counts = functions.get(of.tenant, of.function)?.counts.events;
    if (counts === undefined) return;
    counts.unreadable++;
    counts.of(record.trigger).ended['dead-lettered']++;
  }

  /** That of the subject, unless it is none or its event has ended; then always the same other one. */
  async #findId(
    of: FunctionAddress,
    { subject, seq, time }: JsMsg,
  ): Promise<{ readonly id: string; readonly stored: StoredRecord | null }> {
    const named = eventOfSubject(subject);
    const stored = isInvocationId(named) ? await this.#options.records.read(of, named) : null;
    const hasEnded = stored !== null && TERMINAL_STATES.has(stored.record.state);
    if (isInvocationId(named) && !hasEnded) return { id: named, stored };
    const digest = createHash('sha256').update(`${subject} ${seq}`).digest();
    const id = derivedInvocationId(time.getTime(), digest);
    return { id, stored: await this.#options.records.read(of, id) };
  }
}

/** What can be said of an event of which nothing could be read. */
function headOf(of: FunctionAddress, facts: Pick<EventHead, 'id' | 'trigger' | 'acceptedAt'>): EventHead {
  return eventHeadSchema.parse({ v: PROTOCOL_VERSION, ...of, ...facts, method: '', url: '', headers: '' });
}
