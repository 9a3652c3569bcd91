/**
 * One isolate that runs one version of one function: loading, entries, and what follows from how an entry ended.
 *
 * Guarantees: every call that entered is ended exactly once, whatever the guest does; a call's entries together use at
 * most its cpuMs (plus what one entry overshoots); after a cut or a memory kill no new call enters.
 * Not guaranteed: that calls sharing the isolate with one that was cut can finish (they are told `isolate-replaced`).
 */
import { heapMb } from '@sovfn/protocol';
import type { AskOpener } from '../broker/broker-client.ts';
import type { ServedCall } from '../call.ts';
import type { EntryMeter } from './entry-meter.ts';
import {
  exceededCpu,
  exceededMemory,
  exceededStartup,
  exceededWall,
  type Failure,
  isolateReplaced,
  neverSettled,
  starved,
  thrown,
} from './failures.ts';
import type { FunctionCode } from './function-code.ts';
import { describeOrphan, guestStack } from './guest-errors.ts';
import type { EntryArgument, EntryName, EntryResult, Guest, GuestReference } from './guest.ts';
import { type HandlerName, knownHandlers, noHandler } from './handlers.ts';
import { HeldMemory } from './held-memory.ts';
import { failWith, IsolateCalls, NO_CALL } from './isolate-calls.ts';
import { type GuestEvents, makeOperations } from './operations.ts';
import { SharedEntries } from './shared-entries.ts';

export interface FunctionIsolateOptions {
  readonly guest: Guest;
  readonly code: FunctionCode;
  readonly meter: EntryMeter;
  readonly broker: AskOpener;
  readonly log: GuestEvents['log'];
  readonly onLoaded: () => void;
  readonly onLoadFailed: (failure: Failure) => void;
  /** No new call may enter; the isolate goes when its calls are over. */
  readonly onClosed: () => void;
  readonly onDisposed: () => void;
}

export type IsolateState = 'loading' | 'ready' | 'closed' | 'disposed';

/** Time for calls with outstanding operations to finish after another call of their isolate was cut. */
const CONDEMNED_MS = 1_000;
const STUCK_AFTER_MS = 1_000;
const LEAST_ENTRY_MS = 5;
/** Part of cpuMs from which a call is warned in its log. Microseconds per millisecond. */
const WARN_AT_US = 800;
/** Calls ended by wall time whose code may still hold memory and promises: beyond this the isolate is replaced. */
const MOST_ABANDONED = 10;
export class FunctionIsolate {
  readonly #options: FunctionIsolateOptions;
  readonly #calls: IsolateCalls;
  readonly #memory: HeldMemory;
  #state: IsolateState = 'loading';
  #handlers: ReadonlySet<HandlerName> = new Set();
  readonly #sharing = new SharedEntries();
  #current = NO_CALL;
  /** The call of that number as the last entry began, or as its turn began: it may be over by now. */
  #currentCall: ServedCall | null = null;
  #startupUs = 0;
  #abandoned = 0;
  #lastEntryAt = performance.now();
  constructor(options: FunctionIsolateOptions) {
    this.#options = options;
    const { guest, code, broker, log } = options;
    this.#memory = new HeldMemory(guest, code.limits, (text) => log(null, 'warn', text));
    this.#calls = new IsolateCalls({
      code,
      broker,
      enter: (number, name, args) => this.#enter(number, name, args),
      charge: (number, cpuUs) => this.#chargeTo(number, cpuUs),
      onStreamed: (bytes) => this.#memory.addStreamed(bytes),
      onOver: () => this.#onCallOver(),
    });
    guest.bind({ ...makeOperations(this.#events(), this.#calls.timers, guest.parts), ...this.#calls.operations() });
  }

  get state(): IsolateState {
    return this.#state;
  }

  /** No call has entered yet. */
  get isUnused(): boolean {
    return this.#calls.isUnused;
  }

  /** Runs the module. Ends in `onLoaded` or `onLoadFailed`, at once or after the module's own awaits. */
  load(): void {
    const { guest, code, meter } = this.#options;
    const timeoutMs = meter.limitMs(code.limits.startupMs * 1_000);
    let isRun = false;
    this.#enter(0, 'begin', [code.script.includes('Temporal'), ...this.#webAssembly()]);
    try {
      const { result: module, wallMs } = meter.measure(timeoutMs, () => guest.runScript(code, timeoutMs));
      this.#startupUs += meter.chargeUs();
      isRun = wallMs < timeoutMs;
      this.#enter(0, 'install', [module, code.environment]);
    } catch (error) {
      if (guest.isDisposed && !guest.isCutForGood) this.#loadFailed(exceededMemory(code.limits, heapMb(code.limits)));
      else if (isRun || !(error instanceof Error)) throw error;
      else this.#loadFailed(this.#scriptFailure(error, timeoutMs));
    }
  }

  #webAssembly(): [wasmMemoryMb: number, collect: GuestReference | undefined] {
    const { guest, code } = this.#options;
    const { wasmMemoryMb } = code.limits;
    return wasmMemoryMb === undefined ? [0, undefined] : [wasmMemoryMb, guest.makeCollector()];
  }

  /** Begins calls in their order. Returns those that did not enter, because the isolate was closed meanwhile. */
  dispatch(calls: readonly ServedCall[]): readonly ServedCall[] {
    let rest = calls;
    while (rest.length > 0 && this.#state === 'ready') {
      const length = this.#sharing.lengthOf(rest);
      if (length > 1 && this.#openSharing()) rest = rest.slice(this.#enterTogether(rest.slice(0, length)));
      else if (this.#state === 'ready') {
        this.#calls.dispatch(rest[0]!, this.#handlers);
        this.#sharing.tried();
        rest = rest.slice(1);
      }
    }
    return rest;
  }

  /** Ends a call from outside: the caller is gone (`failure` null), or it took too long. */
  end(call: ServedCall, failure: Failure | null): void {
    const wasInside = this.#calls.end(call, failure);
    if (wasInside && failure !== null && ++this.#abandoned > MOST_ABANDONED) this.close();
  }

  /** Ends the calls that can never settle: nothing is under way in the isolate that could make it run again. */
  endStuck(now: number): void {
    const waitedMs = now - this.#lastEntryAt;
    if (this.#state === 'disposed' || waitedMs < STUCK_AFTER_MS) return;
    for (const call of this.#calls.stuck()) this.end(call, neverSettled(waitedMs));
  }

  /** The module's top level waits for too long. */
  giveUpLoading(waitedMs: number): void {
    if (this.#state === 'loading') this.#loadFailed(exceededStartup(this.#options.code.limits, waitedMs));
  }

  /** Takes no new calls; is disposed when those in it are over. */
  close(): void {
    if (this.#state === 'closed' || this.#state === 'disposed') return;
    this.#state = 'closed';
    this.#options.onClosed();
    this.#disposeIfEmpty();
  }

  /** Resident memory of the process that it took at the last look, MiB. */
  get heldMb(): number {
    return this.#memory.heldMb;
  }

  dispose(): void {
    if (this.#state === 'disposed') return;
    const wasOpen = this.#state !== 'closed';
    this.#state = 'disposed';
    this.#calls.endWork();
    this.#options.guest.dispose();
    if (wasOpen) this.#options.onClosed();
    this.#options.onDisposed();
  }

  /** Enters for one call, or for none. `args` come behind the clock. */
  #enter(number: number, name: EntryName, args: EntryArgument[]): void {
    const { meter, code } = this.#options;
    if (this.#state === 'disposed') return;
    const call = this.#calls.get(number);
    const usedUs = call === null ? (this.#state === 'loading' ? this.#startupUs : 0) : call.cpuUs;
    const limitMs = this.#state === 'loading' ? code.limits.startupMs : code.limits.cpuMs;
    this.#current = number;
    this.#currentCall = call;
    const timeoutMs = Math.min(
      meter.limitMs(limitMs * 1_000 - usedUs),
      call === null ? Infinity : this.#wallLeftMs(call),
    );
    const result = this.#stay(name, args, timeoutMs);
    if (result.kind === 'orphan') this.#onOrphan(number, name, result.error);
    this.#afterEntry(result, call === null ? [] : [call]);
  }

  /** Enters once for plain calls. Returns how many of them have begun. */
  #enterTogether(calls: readonly ServedCall[]): number {
    const { meter, code } = this.#options;
    const heads = this.#sharing.start(calls, meter.sharedEntryMs);
    this.#current = NO_CALL;
    this.#currentCall = null;
    const limitMs = meter.limitMs(code.limits.cpuMs * 1_000) + meter.sharedEntryMs;
    const result = this.#stay('dispatchAll', [heads], Math.min(limitMs, this.#wallLeftMs(calls[0]!)));
    const begun = this.#sharing.finish();
    if (result.kind === 'orphan') {
      this.#onOrphan(begun.length === 1 ? this.#current : NO_CALL, 'dispatchAll', result.error);
    }
    this.#afterEntry(result, begun);
    return begun.length;
  }

  /** False: calls of this guest share no entry. */
  #openSharing(): boolean {
    if (this.#sharing.isOpen) return true;
    const drain = this.#options.guest.makeDrain();
    if (drain === null) {
      this.#sharing.end();
      return false;
    }
    this.#sharing.isOpen = true;
    this.#enter(NO_CALL, 'shareEntries', [drain]);
    return this.#state === 'ready';
  }

  /** The next call of a shared entry begins: from here on all is its. Returns its number, 0 when none may begin. */
  #next(): number {
    const call = this.#sharing.next();
    if (call === null) return NO_CALL;
    if (this.#currentCall !== null) this.#charge();
    this.#currentCall = call;
    this.#current = this.#calls.begin(call);
    return this.#current;
  }

  /** The one way in: charges the CPU, and deals with an entry that was cut, or that ended the isolate. */
  #stay(name: EntryName, args: EntryArgument[], timeoutMs: number): EntryResult {
    const { guest, meter } = this.#options;
    const { result, wallMs } = meter.enter(guest, name, [Date.now(), ...args], timeoutMs);
    this.#charge();
    this.#lastEntryAt = performance.now();
    const call = this.#currentCall;
    if (call !== null) this.#warnOfCpu(call);
    if (result.kind === 'disposed') this.#outOfMemory(call);
    else {
      if (this.#memory.hasSuspects && this.#memory.judgeSuspects()) this.close();
      if (result.kind === 'cut') this.#cut(call, wallMs);
    }
    return result;
  }

  /** What is left to do after an entry of these calls, unless it ended the isolate. */
  #afterEntry({ kind }: EntryResult, calls: readonly ServedCall[]): void {
    if (kind === 'disposed' || kind === 'cut') return;
    const { limits } = this.#options.code;
    for (const call of calls) {
      this.#warnOfCpu(call);
      if (call.isOwed && call.cpuUs > limits.cpuMs * 1_000) this.end(call, exceededCpu(limits, call.cpuUs));
    }
    if (this.#memory.wantsCollection) this.#collect(calls.at(-1) ?? null);
  }

  /** The guest is told, so that its `unhandledrejection` listeners hear of it; it reports what nobody took. */
  #onOrphan(number: number, entry: EntryName, error: unknown): void {
    this.#sharing.end();
    const { name, message, stack } = describeOrphan(error);
    if (entry !== 'orphan') return this.#enter(number, 'orphan', [number, name, message, stack]);
    const { log, code } = this.#options;
    log(this.#calls.get(number), 'error', `Uncaught (in promise) ${code.mapStack(stack)}`);
  }

  #collect(call: ServedCall | null): void {
    if (this.#state === 'disposed') return;
    this.#memory.collect();
    this.#charge();
    if (this.#options.guest.isDisposed) this.#outOfMemory(call);
  }

  /** Once, when it is near its limit. */
  #warnOfCpu(call: ServedCall): void {
    const { limits } = this.#options.code;
    if (call.isWarned || call.cpuUs < limits.cpuMs * WARN_AT_US) return;
    call.isWarned = true;
    const what = `This call has used ${Math.round(call.cpuUs / 1_000)} ms of CPU; its limit cpuMs is ${limits.cpuMs}.`;
    this.#options.log(call, 'warn', what);
  }

  /** Regularly called. Warns in the log when the isolate holds much of what it may. */
  lookAtMemory(): void {
    if (this.#state !== 'disposed') this.#memory.look(this.#lastEntryAt);
  }

  #charge(): void {
    this.#chargeTo(this.#current, this.#options.meter.chargeUs());
  }

  #chargeTo(number: number, cpuUs: number): void {
    const call = this.#calls.get(number);
    if (call !== null) call.cpuUs += cpuUs;
    else if (this.#state === 'loading') this.#startupUs += cpuUs;
  }

  #cut(call: ServedCall | null, wallMs: number): void {
    const { limits } = this.#options.code;
    if (this.#state === 'loading') return this.#loadFailed(exceededStartup(limits, this.#startupUs / 1_000));
    const failure = this.#cutFailure(call, wallMs);
    if (call === null) this.#options.log(null, 'error', failure.detail.message);
    else failWith(call, failure);
    this.#condemn(failure);
  }

  #cutFailure(call: ServedCall | null, sliceMs: number): Failure {
    const { limits } = this.#options.code;
    if (call === null) return starved(sliceMs, 0);
    if (call.cpuUs >= limits.cpuMs * 1_000) return exceededCpu(limits, call.cpuUs);
    const wallMs = performance.now() - call.acceptedAt;
    return wallMs >= limits.wallMs ? exceededWall(limits, wallMs) : starved(sliceMs, call.cpuUs);
  }

  /** An entry may not outlast its call: at least a moment, because a call that is over has background work to do. */
  #wallLeftMs(call: ServedCall): number {
    const leftMs = call.acceptedAt + this.#options.code.limits.wallMs - performance.now();
    return call.isOwed ? Math.max(Math.ceil(leftMs), LEAST_ENTRY_MS) : Infinity;
  }

  /** `finally` blocks did not run and queued continuations are gone: whoever waits for nothing else is told so. */
  #condemn(cause: Failure): void {
    this.close();
    if (this.#options.guest.isCutForGood) return this.#replace(cause);
    for (const call of this.#calls.all()) {
      if (!this.#calls.isWaiting(call)) endReplaced(call, cause);
    }
    setTimeout(() => this.#replace(cause), CONDEMNED_MS).unref();
  }

  #replace(cause: Failure): void {
    for (const call of this.#calls.all()) endReplaced(call, cause);
    this.dispose();
  }

  #outOfMemory(current: ServedCall | null): void {
    const { limits } = this.#options.code;
    const failure = exceededMemory(limits, heapMb(limits));
    if (this.#state === 'loading') return this.#loadFailed(failure);
    current?.fail(failure.outcome, failure.detail);
    this.#replace(failure);
  }

  #loadFailed(failure: Failure): void {
    this.#options.onLoadFailed(failure);
    this.dispose();
  }

  #scriptFailure(error: Error, timeoutMs: number): Failure {
    const { code } = this.#options;
    this.#startupUs += this.#options.meter.chargeUs();
    if (this.#startupUs / 1_000 >= Math.min(code.limits.startupMs, timeoutMs)) {
      return exceededStartup(code.limits, this.#startupUs / 1_000);
    }
    const stack = code.mapStack(guestStack(error));
    return thrown('bad-bundle', { name: error.name, message: error.message, stack });
  }

  #events(): GuestEvents {
    return {
      call: (number) => this.#calls.get(number),
      limits: this.#options.code.limits,
      charge: () => this.#charge(),
      next: () => this.#next(),
      log: this.#options.log,
      mapStack: this.#options.code.mapStack,
      installed: (handlers) => {
        if (this.#state !== 'loading') return;
        this.#handlers = knownHandlers(handlers);
        if (this.#handlers.size === 0) return this.#loadFailed(noHandler());
        this.#state = 'ready';
        queueMicrotask(this.#options.onLoaded);
      },
      installFailed: (error) => {
        if (this.#state === 'loading') queueMicrotask(() => this.#loadFailed(thrown('bad-bundle', error)));
      },
      failed: (call, failure, isAllocation) => {
        if (isAllocation) this.#memory.suspect(call, failure);
        else failWith(call, failure);
      },
      streamed: (bytes) => this.#memory.addStreamed(bytes),
      wantsBody: (number) => queueMicrotask(() => this.#calls.offerBody(number)),
      deliverRoom: (number, operation) => this.#calls.deliver(number, operation, undefined),
    };
  }

  /** Often inside an entry, where disposing would pull the isolate away under its own feet: hence the microtask. */
  #onCallOver(): void {
    if (this.#state === 'closed') queueMicrotask(() => this.#disposeIfEmpty());
  }

  #disposeIfEmpty(): void {
    if (this.#state === 'closed' && this.#calls.size === 0) this.dispose();
  }
}

function endReplaced(call: ServedCall, cause: Failure): void {
  failWith(call, isolateReplaced(cause.outcome));
}
