/**
 * What this cell states about the calls of one version, for the receipts that its node signs: one line for each call that is
 * over, sent to the supervisor in batches.
 *
 * Not guaranteed: lines of a cell that is killed before it has sent them, at most those of the last BATCH_MS.
 */
import { cellLine, eventOfCall } from '@sovfn/protocol';
import type { CallEnding, ServedCall } from '../call.ts';

/** With the time until the node seals what it has, a fifth of a second at the most. Milliseconds. */
const BATCH_MS = 100;
/** Well below the largest message that a supervisor takes of a cell. Characters. */
const BATCH_CHARACTERS = 256 * 1024;

/** Calls that have asked the broker for something, by invocation, and how often. */
export type AskedCalls = [string, number][];

export interface CallStatementsOptions {
  readonly takeAsked: (invocation: string) => number;
  readonly send: (lines: Buffer, asked: AskedCalls) => void;
}

export class CallStatements {
  readonly #options: CallStatementsOptions;
  #lines: string[] = [];
  #asked: AskedCalls = [];
  #characters = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CallStatementsOptions) {
    this.#options = options;
  }

  /** The call is over. NOTE: on the path of every call. */
  add({ call, acceptedAt, cpuUs }: ServedCall, { outcome, status, wallUs }: CallEnding): void {
    const { invocation, trigger, headers } = call;
    const { event, attempt } = eventOfCall(trigger, headers);
    const startedAtMs = Math.floor(Date.now() - (performance.now() - acceptedAt));
    const line = cellLine({
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
    this.#lines.push(line);
    const asked = this.#options.takeAsked(invocation);
    if (asked > 0) this.#asked.push([invocation, asked]);
    this.#characters += line.length;
    if (this.#characters >= BATCH_CHARACTERS) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#lines.length === 0) return;
    this.#options.send(Buffer.from(`${this.#lines.join('\n')}\n`, 'latin1'), this.#asked);
    this.#lines = [];
    this.#asked = [];
    this.#characters = 0;
  }
}
