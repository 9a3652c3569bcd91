/**
 * What this cell states about the calls of one version, for the receipts that its node signs: one record for each call that is
 * over, sent to the supervisor in batches.
 *
 * Not guaranteed: records of a cell that is killed before it has sent them, at most those of the last BATCH_MS.
 */
import { eventOfCall, StatementWriter, writeCellRecord } from '@sovfn/protocol';
import type { CallEnding, ServedCall } from '../call.ts';

/** With the time until the node seals what it has, a fifth of a second at the most. Milliseconds. */
const BATCH_MS = 100;
/** Well below the largest message that a supervisor takes of a cell. Bytes. */
const BATCH_BYTES = 256 * 1024;

/** Calls that have asked the broker for something, by invocation, and how often. */
export type AskedCalls = [string, number][];

export interface CallStatementsOptions {
  readonly takeAsked: (invocation: string) => number;
  /** The bytes are the receiver's. */
  readonly send: (records: Buffer, asked: AskedCalls) => void;
}

export class CallStatements {
  readonly #options: CallStatementsOptions;
  /** As bytes: strings that live for so long would be copied by each collection of short-lived objects. */
  #records = new StatementWriter();
  #asked: AskedCalls = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CallStatementsOptions) {
    this.#options = options;
  }

  /** The call is over. NOTE: on the path of every call. */
  add({ call, acceptedAt, cpuUs }: ServedCall, { outcome, status, wallUs }: CallEnding): void {
    const { invocation, trigger, headers } = call;
    const { event, attempt } = eventOfCall(trigger, headers);
    const startedAtMs = Math.floor(Date.now() - (performance.now() - acceptedAt));
    writeCellRecord(this.#records, {
      invocation,
      trigger,
      event,
      attempt,
      startedAtMs,
      wallUs: Math.round(wallUs),
      cpuUs: Math.round(cpuUs),
      outcome,
      status,
    });
    const asked = this.#options.takeAsked(invocation);
    if (asked > 0) this.#asked.push([invocation, asked]);
    if (this.#records.end >= BATCH_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#records.end === 0) return;
    const records = this.#records.bytes.subarray(0, this.#records.end);
    this.#records = new StatementWriter();
    this.#options.send(records, this.#asked);
    this.#asked = [];
  }
}
