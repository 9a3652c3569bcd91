/**
 * One call inside the isolate: what it still owes to its host, and what must end with it.
 *
 * Guarantees: exactly one of respond, handled, fail and invalidResponse is told; after a streamed response exactly one endBody;
 * waitedUntil only after the response is complete. After `abort` nothing is told any more.
 */
import { errorText } from '../core/error-text.guest.ts';
import { host } from '../core/host.guest.ts';
import { dropOperationsOf } from '../core/pending-operations.guest.ts';
import { type AbortSignal, newSignal, signalAbort } from '../events/abort-signal.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';
import { forgetTimersOf } from '../scheduling/timers.guest.ts';

/** `responded`: the response is complete, and `waitUntil` work is left. */
type Phase = 'running' | 'streaming' | 'responded' | 'over';

const calls = new Map<number, CallState>();

/** The call of that number, unless it is over or has never waited for anything. */
export function findCall(number: number): CallState | null {
  return calls.get(number) ?? null;
}

export class CallState {
  readonly number: number;
  #phase: Phase = 'running';
  #signal: AbortSignal | null = null;
  #backgroundWork = 0;
  #hadBackgroundWork = false;
  #onAbort: ((reason: unknown) => void) | null = null;

  constructor(number: number) {
    this.number = number;
  }

  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** Its handler has neither answered nor failed. */
  get isRunning(): boolean {
    return this.#phase === 'running';
  }

  /** The signal of the call's request, made when it is first looked at. */
  get signal(): AbortSignal {
    return (this.#signal ??= newSignal());
  }

  /** The call will go on after this entry. */
  keep(): void {
    calls.set(this.number, this);
  }

  /** The host has been told the whole response, or that there is none. */
  responded(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'responded';
    if (this.#backgroundWork > 0) return;
    if (this.#hadBackgroundWork) host.waitedUntil(this.number);
    this.#end();
  }

  /** The host has been told the head of a response; its body follows. `onAbort` stops it. */
  streaming(onAbort: (reason: unknown) => void): void {
    this.#phase = 'streaming';
    this.#onAbort = onAbort;
    this.keep();
  }

  /** The handler `scheduled` or `queue` has resolved. */
  handled(): void {
    if (this.#phase !== 'running') return;
    host.handled(this.number);
    this.responded();
  }

  fail(error: unknown): void {
    if (this.#phase !== 'running') return;
    const { name, message, stack } = errorText(error);
    host.fail(this.number, name, message, stack);
    this.responded();
  }

  /** Background work begins. Throws TypeError when the call is over. */
  startBackgroundWork(): void {
    if (this.#phase === 'over') throw new TypeError('ctx.waitUntil: the call is over');
    this.#backgroundWork++;
    if (this.#hadBackgroundWork) return;
    this.#hadBackgroundWork = true;
    this.keep();
    host.waiting(this.number);
  }

  endBackgroundWork(): void {
    this.#backgroundWork--;
    if (this.#phase === 'responded') this.responded();
  }

  /** The host has ended the call. */
  abort(reason: string): void {
    if (this.#phase === 'over') return;
    const error = new DOMException(reason, 'AbortError');
    const onAbort = this.#onAbort;
    this.#end(error);
    onAbort?.(error);
    if (this.#signal !== null) signalAbort(this.#signal, error);
  }

  #end(reason: unknown = undefined): void {
    this.#phase = 'over';
    this.#onAbort = null;
    calls.delete(this.number);
    forgetTimersOf(this.number);
    dropOperationsOf(this.number, () => reason ?? new DOMException('The call is over', 'AbortError'));
  }
}
