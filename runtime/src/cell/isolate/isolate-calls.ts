/**
 * The calls in one isolate: how each starts, what it waits for, what is delivered to it, how it ends. Every entry goes
 * through the owner's `enter`.
 *
 * Guarantees: nothing enters the isolate for a call that is over; what a call had under way ends with it.
 */
import { InFlight } from '@sovfn/bus/wire';
import { traceOf } from '@sovfn/protocol';
import { makeAskOperations } from '../broker/ask-operations.ts';
import type { AskOpener } from '../broker/broker-client.ts';
import { IsolateAsks } from '../broker/isolate-asks.ts';
import { serviceDepth } from '../broker/service-depth.ts';
import type { ServedCall } from '../call.ts';
import type { Failure } from './failures.ts';
import type { FunctionCode } from './function-code.ts';
import type { EntryArgument, EntryName } from './guest.ts';
import { GuestTimers } from './guest-timers.ts';
import { copyOf, entryOf, HANDLER_OF, type HandlerName, missingHandler } from './handlers.ts';
import { HostServices } from './host-services.ts';

export interface IsolateCallsOptions {
  readonly code: FunctionCode;
  readonly broker: AskOpener;
  readonly enter: (call: number, name: EntryName, args: EntryArgument[]) => void;
  /** CPU that the host used for a call, on other threads included. Microseconds. */
  readonly charge: (call: number, cpuUs: number) => void;
  /** A piece of a request's body goes into the isolate. */
  readonly onStreamed: (bytes: number) => void;
  /** A call is over. Often inside an entry, where the isolate cannot be disposed of. */
  readonly onOver: () => void;
}

/** Of the module itself, and of nobody. */
export const NO_CALL = 0;

export class IsolateCalls {
  readonly timers: GuestTimers;
  readonly #options: IsolateCallsOptions;
  readonly #calls = new InFlight<ServedCall>(NO_CALL + 1);
  readonly #asks: IsolateAsks;
  readonly #services: HostServices;
  #isUnused = true;

  constructor(options: IsolateCallsOptions) {
    this.#options = options;
    this.timers = new GuestTimers((call, timer) => options.enter(call, 'fire', [call, timer]));
    this.#asks = this.#makeAsks();
    this.#services = this.#makeServices();
  }

  get size(): number {
    return this.#calls.size;
  }

  /** No call has entered yet. */
  get isUnused(): boolean {
    return this.#isUnused;
  }

  get(number: number): ServedCall | null {
    return this.#calls.get(number);
  }

  all(): ServedCall[] {
    return this.#calls.all();
  }

  /** What the guest asks of the outside, and of the host's own cryptography and compression. */
  operations() {
    return { ...makeAskOperations(this.#asks, (call) => this.#has(call)), ...this.#services.operations };
  }

  dispatch(call: ServedCall, handlers: ReadonlySet<HandlerName>): void {
    const handler = HANDLER_OF[call.call.trigger];
    if (!handlers.has(handler)) return failWith(call, missingHandler(handlers, handler));
    const number = this.begin(call);
    if (handler !== 'fetch') return this.#dispatchEvent(call);
    const { body, streamed } = call.call;
    const head = headOf(call);
    if (body.length === 0 && !streamed) return this.#options.enter(number, 'dispatch', [number, head]);
    this.#options.enter(number, 'dispatch', [number, head, body.length > 0 ? copyOf(body) : undefined, streamed]);
  }

  /** Gives the call its number. It must enter next. */
  begin(call: ServedCall): number {
    const number = this.#calls.nextNumber();
    this.#isUnused = false;
    this.#calls.put(number, call);
    call.start({ number, onBody: () => this.offerBody(number), onOver: () => this.#forget(number) });
    return number;
  }

  #dispatchEvent(call: ServedCall): void {
    const entry = entryOf(call.number, call.call);
    if ('outcome' in entry) failWith(call, entry);
    else this.#options.enter(call.number, entry.name, entry.args);
  }

  /** Ends a call from outside: the caller is gone (`failure` null), or it took too long. False: it is not in here. */
  end(call: ServedCall, failure: Failure | null): boolean {
    const { number } = call;
    if (!this.#has(number)) return false;
    const reason = failure?.detail.message ?? 'The caller has gone away.';
    if (failure === null) call.close();
    else failWith(call, failure);
    this.#options.enter(NO_CALL, 'abort', [number, reason]);
    return true;
  }

  /** Calls that can never settle: nothing is under way that could make the isolate run again. */
  stuck(): ServedCall[] {
    if (this.timers.isWaiting(NO_CALL) || this.#services.isWaiting(NO_CALL)) return [];
    const stuck = this.all().filter((call) => !this.isWaiting(call));
    return stuck.length < this.#calls.size ? [] : stuck;
  }

  /** Something is under way that will enter the isolate for the call. */
  isWaiting(call: ServedCall): boolean {
    const { number } = call;
    const isStreaming = call.pendingRead !== null || call.pendingWrite !== null;
    const hasWork = this.#asks.isWaiting(number) || this.#services.isWaiting(number);
    return isStreaming || hasWork || this.timers.isWaiting(number);
  }

  /** Delivers the next piece of a request's body, when one is there and the guest waits for it. */
  offerBody(number: number): void {
    const call = this.#calls.get(number);
    if (call === null || call.pendingRead === null) return;
    const { receiver } = call;
    const chunk = receiver?.take() ?? null;
    if (chunk === null && receiver?.isEnded === false) return;
    const operation = call.pendingRead;
    call.pendingRead = null;
    if (chunk !== null) this.#options.onStreamed(chunk.length);
    this.deliver(number, operation, chunk === null ? undefined : copyOf(chunk));
  }

  deliver(number: number, operation: number, value: EntryArgument): void {
    if (this.#has(number)) this.#options.enter(number, 'deliver', [number, operation, value]);
  }

  /** Ends what the calls, and the module, have under way. The calls themselves are their owners' to end. */
  endWork(): void {
    this.timers.clearAll();
    this.#asks.endAll();
    this.#services.endAll();
  }

  #has(number: number): boolean {
    return this.#calls.get(number) !== null;
  }

  #makeAsks(): IsolateAsks {
    const { broker, code, enter } = this.#options;
    return new IsolateAsks({
      broker,
      function: code.name,
      version: code.version,
      mostAsks: code.limits.subrequests,
      depthOf: (call) => serviceDepth(this.#calls.get(call)?.call.headers ?? ''),
      invocationOf: (call) => this.#calls.get(call)?.call.invocation ?? null,
      traceOf: (call) => {
        const asking = this.#calls.get(call)?.call;
        return asking === undefined ? null : traceOf(asking.headers, asking.invocation);
      },
      deliver: (call, operation, value) => this.deliver(call, operation, value),
      deliverError: (call, operation, name, message) => {
        if (this.#has(call)) enter(call, 'deliverError', [call, operation, name, message]);
      },
    });
  }

  #makeServices(): HostServices {
    const { enter, charge } = this.#options;
    return new HostServices({
      isOpen: (call) => call === NO_CALL || this.#has(call),
      deliver: (call, operation, value) => enter(call, 'deliver', [call, operation, value]),
      deliverError: (call, operation, name, message) => enter(call, 'deliverError', [call, operation, name, message]),
      charge,
    });
  }

  #forget(number: number): void {
    this.#calls.remove(number);
    this.timers.clearCall(number);
    this.#asks.endCall(number);
    this.#services.endCall(number);
    this.#options.onOver();
  }
}

/** As the entries `dispatch` and `dispatchAll` take it. */
export function headOf({ call: { method, url, headers } }: ServedCall): string {
  return `${method}\n${url}\n${headers}`;
}

export function failWith(call: ServedCall, { outcome, detail }: Failure): void {
  call.fail(outcome, detail);
}
