/**
 * One isolate that runs one version of one function: loading, entries, and what follows from how an entry ended.
 *
 * Guarantees: every call that entered is ended exactly once, whatever the guest does; a call's entries together use at
 * most its cpuMs (plus what one entry overshoots); after a cut or a memory kill no new call enters.
 * Not guaranteed: that calls sharing the isolate with one that was cut can finish (they are told `isolate-replaced`).
 */
import type ivm from 'isolated-vm';
import { type FunctionLimits, heapMb, traceOf } from '@sovfn/protocol';
import type { ServedCall } from '../call.ts';
import { makeAskOperations } from '../broker/ask-operations.ts';
import type { BrokerClient } from '../broker/broker-client.ts';
import { IsolateAsks } from '../broker/isolate-asks.ts';
import { serviceDepth } from '../broker/service-depth.ts';
import type { EntryMeter } from './entry-meter.ts';
import {
  besidesWasm,
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
import { describeOrphan, guestStack } from './guest-errors.ts';
import type { EntryArgument, EntryName, GuestIsolate } from './guest-isolate.ts';
import { GuestTimers } from './guest-timers.ts';
import {
  copyOf,
  type Entry,
  entryOf,
  HANDLER_OF,
  type HandlerName,
  knownHandlers,
  missingHandler,
  noHandler,
} from './handlers.ts';
import { HostServices } from './host-services.ts';
import { type GuestEvents, makeOperations } from './operations.ts';

/** A version as the supervisor sent it. */
export interface FunctionCode {
  readonly name: string;
  readonly version: string;
  readonly limits: FunctionLimits;
  /** JSON for the entry `install`. */
  readonly environment: string;
  readonly script: string;
  /** File name of the script in stack traces. */
  readonly scriptName: string;
  readonly cache: Buffer | null;
  /** Rewrites script positions in a stack to the user's own files. */
  readonly mapStack: (stack: string) => string;
}

export interface FunctionIsolateOptions {
  readonly guest: GuestIsolate;
  readonly code: FunctionCode;
  readonly meter: EntryMeter;
  readonly broker: BrokerClient;
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
/** Bytes of streamed bodies that the guest took or made, after which the buffers that it has let go of are freed. */
const COLLECT_AFTER_BYTES = 8 * 1024 * 1024;
/** Part of cpuMs from which a call is warned in its log, and part of memoryMb; the first in microseconds per millisecond. */
const WARN_AT = 0.8;
const WARN_AT_US = WARN_AT * 1_000;
/** Calls ended by wall time whose code may still hold memory and promises: beyond this the isolate is replaced. */
const MOST_ABANDONED = 10;
/** An error that follows from a failed allocation is reported as the limit when the isolate is this full. */
const FULL = 0.5;

export class FunctionIsolate {
  readonly #options: FunctionIsolateOptions;
  readonly #calls = new Map<number, ServedCall>();
  readonly #timers: GuestTimers;
  readonly #asks: IsolateAsks;
  readonly #services: HostServices;
  #state: IsolateState = 'loading';
  #handlers: ReadonlySet<HandlerName> = new Set();
  #nextCall = 1;
  #current = 0;
  #startupUs = 0;
  #abandoned = 0;
  #streamedBytes = 0;
  #lastEntryAt = performance.now();
  /** The entry after which memory was looked at last. */
  #lookedAt = 0;
  #heldMb = 0;
  #isWarned = false;
  /** Errors of allocation failures: judged after the entry, when the isolate can be asked what it holds. */
  #suspects: { call: ServedCall; failure: Failure }[] = [];

  constructor(options: FunctionIsolateOptions) {
    this.#options = options;
    this.#timers = new GuestTimers((call, timer) => this.#enter(call, 'fire', [call, timer]));
    this.#asks = this.#makeAsks();
    const askOperations = makeAskOperations(this.#asks, (call) => this.#calls.has(call));
    this.#services = this.#makeServices();
    const { operations } = this.#services;
    const callOperations = makeOperations(this.#events(), this.#timers, options.guest.parts);
    options.guest.bind({ ...callOperations, ...askOperations, ...operations });
  }

  get state(): IsolateState {
    return this.#state;
  }

  /** No call has entered yet. */
  get isUnused(): boolean {
    return this.#nextCall === 1;
  }

  /** Runs the module. Ends in `onLoaded` or `onLoadFailed`, at once or after the module's own awaits. */
  load(): void {
    const { guest, code, meter } = this.#options;
    const timeoutMs = meter.limitMs(code.limits.startupMs * 1_000);
    let isRun = false;
    this.#enter(0, 'begin', [code.script.includes('Temporal'), ...this.#webAssembly()]);
    try {
      const { result: module, wallMs } = meter.measure(timeoutMs, () =>
        guest.runScript(code.script, code.cache, code.scriptName, timeoutMs),
      );
      this.#startupUs += meter.chargeUs();
      isRun = wallMs < timeoutMs;
      this.#enter(0, 'install', [module, code.environment]);
    } catch (error) {
      if (guest.isDisposed && !guest.isCutForGood) this.#loadFailed(exceededMemory(code.limits, heapMb(code.limits)));
      else if (isRun || !(error instanceof Error)) throw error;
      else this.#loadFailed(this.#scriptFailure(error, timeoutMs));
    }
  }

  #webAssembly(): [wasmMemoryMb: number, collect: ivm.Reference | undefined] {
    const { guest, code } = this.#options;
    const { wasmMemoryMb } = code.limits;
    return wasmMemoryMb === undefined ? [0, undefined] : [wasmMemoryMb, guest.makeCollector()];
  }

  dispatch(call: ServedCall): void {
    const handler = HANDLER_OF[call.call.trigger];
    if (!this.#handlers.has(handler)) return failWith(call, missingHandler(this.#handlers, handler));
    const number = this.#nextCall++;
    this.#calls.set(number, call);
    call.start({ number, onBody: () => this.#offerBody(number), onOver: () => this.#forget(number) });
    if (handler !== 'fetch') return this.#start(call, entryOf(number, call.call));
    const { method, url, headers, body, streamed } = call.call;
    const hasBody = body.length > 0;
    this.#enter(number, 'dispatch', [number, method, url, headers, hasBody ? copyOf(body) : undefined, streamed]);
  }

  #start(call: ServedCall, entry: Entry | Failure): void {
    if ('outcome' in entry) failWith(call, entry);
    else this.#enter(call.number, entry.name, entry.args);
  }

  /** Ends a call from outside: the caller is gone (`failure` null), or it took too long. */
  end(call: ServedCall, failure: Failure | null): void {
    const { number } = call;
    if (!this.#calls.has(number)) return;
    const reason = failure?.detail.message ?? 'The caller has gone away.';
    if (failure === null) call.close();
    else failWith(call, failure);
    this.#enter(0, 'abort', [number, reason]);
    if (failure !== null && ++this.#abandoned > MOST_ABANDONED) this.close();
  }

  /** Ends the calls that can never settle: nothing is under way in the isolate that could make it run again. */
  endStuck(now: number): void {
    const waitedMs = now - this.#lastEntryAt;
    if (this.#state === 'disposed' || waitedMs < STUCK_AFTER_MS) return;
    if (this.#timers.isWaiting(0) || this.#services.isWaiting(0)) return;
    const calls = [...this.#calls].filter(([number, call]) => !this.#isWaiting(number, call));
    if (calls.length < this.#calls.size) return;
    for (const [, call] of calls) this.end(call, neverSettled(waitedMs));
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
    return this.#heldMb;
  }

  dispose(): void {
    if (this.#state === 'disposed') return;
    const wasOpen = this.#state !== 'closed';
    this.#state = 'disposed';
    this.#timers.clearAll();
    this.#asks.endAll();
    this.#services.endAll();
    this.#options.guest.dispose();
    if (wasOpen) this.#options.onClosed();
    this.#options.onDisposed();
  }

  /** The one way in: charges the CPU, then deals with how the entry ended. `args` come behind the clock. */
  #enter(number: number, name: EntryName, args: EntryArgument[]): void {
    const { guest, meter, code } = this.#options;
    if (this.#state === 'disposed') return;
    const call = this.#calls.get(number) ?? null;
    const usedUs = call === null ? (this.#state === 'loading' ? this.#startupUs : 0) : call.cpuUs;
    const limitMs = this.#state === 'loading' ? code.limits.startupMs : code.limits.cpuMs;
    this.#current = number;
    const timeoutMs = Math.min(
      meter.limitMs(limitMs * 1_000 - usedUs),
      call === null ? Infinity : this.#wallLeftMs(call),
    );
    const { result, wallMs } = meter.enter(guest, name, [Date.now(), ...args], timeoutMs);
    this.#charge();
    this.#lastEntryAt = performance.now();
    if (call !== null && !call.isWarned && call.cpuUs >= code.limits.cpuMs * WARN_AT_US) this.#warnOfCpu(call);
    if (result.kind === 'disposed') return this.#outOfMemory(call);
    this.#judgeSuspects();
    if (result.kind === 'cut') return this.#cut(call, wallMs);
    if (result.kind === 'orphan') this.#onOrphan(number, name, result.error);
    if (call?.isOwed === true && call.cpuUs > code.limits.cpuMs * 1_000) {
      this.end(call, exceededCpu(code.limits, call.cpuUs));
    }
    if (this.#streamedBytes >= COLLECT_AFTER_BYTES) this.#collect(call);
  }

  /** The guest is told, so that its `unhandledrejection` listeners hear of it; it reports what nobody took. */
  #onOrphan(number: number, entry: EntryName, error: unknown): void {
    const { name, message, stack } = describeOrphan(error);
    if (entry !== 'orphan') return this.#enter(number, 'orphan', [number, name, message, stack]);
    const { log, code } = this.#options;
    log(this.#calls.get(number) ?? null, 'error', `Uncaught (in promise) ${code.mapStack(stack)}`);
  }

  #collect(call: ServedCall | null): void {
    const { guest } = this.#options;
    this.#streamedBytes = 0;
    if (this.#state === 'disposed' || guest.isDisposed) return;
    guest.collectYoung();
    this.#charge();
    if (guest.isDisposed) this.#outOfMemory(call);
  }

  #warnOfCpu(call: ServedCall): void {
    const { limits } = this.#options.code;
    call.isWarned = true;
    const what = `This call has used ${Math.round(call.cpuUs / 1_000)} ms of CPU; its limit cpuMs is ${limits.cpuMs}.`;
    this.#options.log(call, 'warn', what);
  }

  /** Warns in the log, once, when the isolate holds much of what it may. Regularly called; looks only when it has run since. */
  lookAtMemory(): void {
    if (this.#state === 'disposed' || this.#lastEntryAt === this.#lookedAt) return;
    this.#lookedAt = this.#lastEntryAt;
    const { limits } = this.#options.code;
    const { usedMb, heldMb } = this.#options.guest.memory();
    this.#heldMb = heldMb;
    if (this.#isWarned || usedMb < heapMb(limits) * WARN_AT) return;
    this.#isWarned = true;
    const what = `The function holds ${Math.round(usedMb)} MiB, garbage included; its limit memoryMb is ${limits.memoryMb}${besidesWasm(limits)}.`;
    this.#options.log(null, 'warn', what);
  }

  #charge(): void {
    this.#chargeTo(this.#current, this.#options.meter.chargeUs());
  }

  #chargeTo(number: number, cpuUs: number): void {
    const call = this.#calls.get(number);
    if (call !== undefined) call.cpuUs += cpuUs;
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
    for (const [number, call] of [...this.#calls]) {
      if (!this.#isWaiting(number, call)) endReplaced(call, cause);
    }
    setTimeout(() => this.#replace(cause), CONDEMNED_MS).unref();
  }

  #replace(cause: Failure): void {
    for (const call of [...this.#calls.values()]) endReplaced(call, cause);
    this.dispose();
  }

  #outOfMemory(current: ServedCall | null): void {
    const { limits } = this.#options.code;
    const failure = exceededMemory(limits, heapMb(limits));
    if (this.#state === 'loading') return this.#loadFailed(failure);
    current?.fail(failure.outcome, failure.detail);
    this.#replace(failure);
  }

  #judgeSuspects(): void {
    if (this.#suspects.length === 0) return;
    const { code, guest } = this.#options;
    const usedMb = guest.memory().usedMb;
    const isFull = usedMb >= heapMb(code.limits) * FULL;
    for (const { call, failure } of this.#suspects.splice(0)) {
      failWith(call, isFull ? exceededMemory(code.limits, usedMb) : failure);
    }
    if (isFull) this.close();
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
      call: (number) => this.#calls.get(number) ?? null,
      limits: this.#options.code.limits,
      charge: () => this.#charge(),
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
        if (isAllocation) this.#suspects.push({ call, failure });
        else failWith(call, failure);
      },
      streamed: (bytes) => (this.#streamedBytes += bytes),
      wantsBody: (number) => queueMicrotask(() => this.#offerBody(number)),
      deliverRoom: (number, operation) => this.#deliver(number, operation, undefined),
    };
  }

  #offerBody(number: number): void {
    const call = this.#calls.get(number);
    if (call === undefined || call.pendingRead === null) return;
    const { receiver } = call;
    const chunk = receiver?.take() ?? null;
    if (chunk === null && receiver?.isEnded === false) return;
    const operation = call.pendingRead;
    call.pendingRead = null;
    this.#streamedBytes += chunk?.length ?? 0;
    this.#deliver(number, operation, chunk === null ? undefined : copyOf(chunk));
  }

  #deliver(number: number, operation: number, value: EntryArgument): void {
    if (this.#calls.has(number)) this.#enter(number, 'deliver', [number, operation, value]);
  }

  #makeAsks(): IsolateAsks {
    const { broker, code } = this.#options;
    return new IsolateAsks({
      broker,
      function: code.name,
      version: code.version,
      mostAsks: code.limits.subrequests,
      invocationOf: (call) => this.#calls.get(call)?.call.invocation ?? null,
      depthOf: (call) => serviceDepth(this.#calls.get(call)?.call.headers ?? ''),
      traceOf: (call) => {
        const asking = this.#calls.get(call)?.call;
        return asking === undefined ? null : traceOf(asking.headers, asking.invocation);
      },
      deliver: (call, operation, value) => this.#deliver(call, operation, value),
      deliverError: (call, operation, name, message) => {
        if (this.#calls.has(call)) this.#enter(call, 'deliverError', [call, operation, name, message]);
      },
    });
  }

  #makeServices(): HostServices {
    return new HostServices({
      isOpen: (call) => call === 0 || this.#calls.has(call),
      deliver: (call, operation, value) => this.#enter(call, 'deliver', [call, operation, value]),
      deliverError: (call, operation, name, message) =>
        this.#enter(call, 'deliverError', [call, operation, name, message]),
      charge: (call, cpuUs) => this.#chargeTo(call, cpuUs),
    });
  }

  #isWaiting(number: number, call: ServedCall): boolean {
    const isStreaming = call.pendingRead !== null || call.pendingWrite !== null;
    const hasWork = this.#asks.isWaiting(number) || this.#services.isWaiting(number);
    return isStreaming || hasWork || this.#timers.isWaiting(number);
  }

  /** Often runs inside an entry, where disposing would pull the isolate away under its own feet: hence the microtask. */
  #forget(number: number): void {
    this.#calls.delete(number);
    this.#timers.clearCall(number);
    this.#asks.endCall(number);
    this.#services.endCall(number);
    if (this.#state === 'closed') queueMicrotask(() => this.#disposeIfEmpty());
  }

  #disposeIfEmpty(): void {
    if (this.#state === 'closed' && this.#calls.size === 0) this.dispose();
  }
}

function endReplaced(call: ServedCall, cause: Failure): void {
  failWith(call, isolateReplaced(cause.outcome));
}

function failWith(call: ServedCall, { outcome, detail }: Failure): void {
  call.fail(outcome, detail);
}
