/**
 * One version of a function in this cell: takes its calls from NATS and from the supervisor, keeps one isolate running,
 * and replaces it when it was condemned.
 *
 * Guarantees: subscribing is a promise: every call taken is answered, run, or refused as `not-started`. The subscription
 * starts after the module was evaluated, and ends by draining. Hostile: call messages are checked by the protocol.
 */
import {
  type Call,
  callKeyOfReply,
  callSubject,
  CELL_QUEUE,
  decodeCall,
  heapMb,
  isBundleSubject,
  limitHint,
  readBundle,
  replyPrefixOf,
  type Runner,
  TAKEN_AFTER_MS,
} from '@sovfn/protocol';
import type { Deadlines, Replies, WireConnection, WireSubscription } from '@sovfn/bus/wire';
import type { AskOpener } from './broker/broker-client.ts';
import { type CallOwner, ServedCall } from './call.ts';
import type { CallsInFlight } from './calls-in-flight.ts';
import type { EntryMeter } from './isolate/entry-meter.ts';
import { exceededWall, type Failure } from './isolate/failures.ts';
import type { FunctionCode } from './isolate/function-code.ts';
import { FunctionIsolate } from './isolate/function-isolate.ts';
import type { SpareIsolates } from './isolate/spare-isolates.ts';
import type { FunctionLog } from './logs/function-log.ts';
import { dropMalformed } from './malformed.ts';
import type { CallStatements } from './receipts/call-statements.ts';
import type { SpanSender } from './spans/span-sender.ts';

export interface FunctionServiceOptions {
  readonly code: FunctionCode;
  readonly zone: string;
  readonly tenant: string;
  readonly runner: Runner;
  readonly connection: WireConnection;
  readonly replies: Replies;
  readonly spares: SpareIsolates;
  readonly meter: EntryMeter;
  readonly broker: AskOpener;
  readonly log: FunctionLog;
  readonly spans: SpanSender;
  readonly statements: CallStatements;
  /** Calls that take longer than a moment: told to their gateway first, ended at their limit in the end. */
  readonly slow: Deadlines<ServedCall>;
  /** Every call of the cell, by key: two services never serve one call. */
  readonly calls: CallsInFlight;
  /** The version takes calls from NATS. */
  readonly onLoaded: (loadMs: number) => void;
  readonly onLoadFailed: (failure: Failure) => void;
}

/** A module that waits at its top level for longer than this is not loaded. Milliseconds. */
const STARTUP_WALL_MS = 10_000;

export class FunctionService implements CallOwner {
  readonly #options: FunctionServiceOptions;
  /** Of the options, with the newest environment. */
  #code: FunctionCode;
  readonly #open = new Set<FunctionIsolate>();
  #active: FunctionIsolate | null = null;
  #waiting: ServedCall[] = [];
  #subscription: WireSubscription | null = null;
  #startedCalls = 0;
  #cpuUs = 0;
  #inFlight = 0;
  #loadStartedAt = 0;
  #usedAt = performance.now();
  #isDraining = false;
  #onEmpty: (() => void) | null = null;

  constructor(options: FunctionServiceOptions) {
    this.#options = options;
    this.#code = options.code;
  }

  /** Begins to load the module; `onLoaded` or `onLoadFailed` follows, perhaps before this returns. */
  start(): void {
    this.#load();
  }

  /** Calls from now on enter an isolate with this environment; those under way finish in theirs. */
  renew(environment: string): void {
    if (environment === this.#code.environment) return;
    this.#code = { ...this.#code, environment };
    if (this.#isDraining || this.#active?.state !== 'ready') return;
    this.#active.close();
    this.#load();
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get startedCalls(): number {
    return this.#startedCalls;
  }

  /** CPU time of all calls that are over. Microseconds. */
  get cpuUs(): number {
    return this.#cpuUs;
  }

  /** For how long no call was in it. Milliseconds. */
  idleMs(now: number): number {
    return this.#inFlight > 0 ? 0 : now - this.#usedAt;
  }

  /** Memory of its isolates at the last look, MiB. */
  get heldMb(): number {
    let heldMb = 0;
    for (const isolate of this.#open) heldMb += isolate.heldMb;
    return heldMb;
  }

  get isolateCount(): number {
    return this.#open.size;
  }

  /** Takes a call message. One that breaks the protocol is dropped: its sender is no gateway of ours. */
  accept(message: Buffer, key: string, reply: string): void {
    const served = this.#admit(message, key, reply);
    if (served !== null) this.#run([served]);
  }

  /** Null: it is refused, or is here already. */
  #admit(message: Buffer, key: string, reply: string): ServedCall | null {
    const known = this.#options.calls.get(key);
    if (known !== null) {
      known.sayTaken();
      return null;
    }
    const served = this.#makeCall(decodeCall(message), key, reply);
    const refusal = this.#refusalOf(served);
    if (refusal !== null) {
      served.refuse(refusal);
      return null;
    }
    this.#options.slow.set(served, served.acceptedAt + TAKEN_AFTER_MS);
    return served;
  }

  #refusalOf({ call }: ServedCall): 'expired' | 'not-started' | null {
    if (call.remainingMs === 0) return 'expired';
    const isFull = this.#inFlight > this.#options.code.limits.concurrency;
    return isFull || this.#isDraining ? 'not-started' : null;
  }

  end(served: ServedCall, failure: Failure | null): void {
    const { isolate } = served;
    if (isolate !== null) return isolate.end(served, failure);
    this.#waiting = this.#waiting.filter((call) => call !== served);
    if (failure === null) served.close();
    else served.fail(failure.outcome, failure.detail);
  }

  endOverdue(served: ServedCall, now: number): void {
    const { limits } = this.#options.code;
    if (served.isOwed) return this.end(served, exceededWall(limits, now - served.acceptedAt));
    const what = `Work after the answer was ended with its call after its limit waitUntilMs of ${limits.waitUntilMs}.`;
    this.#options.log.line(served, 'warn', `${what} ${limitHint('waitUntilMs')}`);
    this.end(served, null);
  }

  allowedMs(served: ServedCall): number {
    const { wallMs, waitUntilMs } = this.#options.code.limits;
    return served.isOwed ? wallMs : wallMs + waitUntilMs;
  }

  /** Looks for calls that can never settle, and for a module that never finishes loading. */
  look(now: number): void {
    for (const isolate of this.#open) {
      isolate.endStuck(now);
      isolate.lookAtMemory();
    }
    if (this.#active?.state === 'loading' && now - this.#loadStartedAt > STARTUP_WALL_MS) {
      this.#active.giveUpLoading(now - this.#loadStartedAt);
    }
  }

  /** Takes no new calls, finishes those it has, then lets go of its isolates. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#subscription?.drain();
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    this.dispose();
  }

  dispose(): void {
    for (const isolate of [...this.#open]) isolate.dispose();
    for (const served of this.#waiting.splice(0)) served.refuse('not-started');
    this.#options.log.close();
    this.#options.statements.flush();
  }

  #load(): void {
    const { meter, spares, broker } = this.#options;
    const code = this.#code;
    this.#loadStartedAt = performance.now();
    const isolate: FunctionIsolate = new FunctionIsolate({
      guest: spares.take(heapMb(code.limits)),
      code,
      meter,
      broker,
      log: (served, level, text) => this.#options.log.line(served, level, text),
      onLoaded: () => this.#onLoaded(isolate, code),
      onLoadFailed: (failure) => this.#onLoadFailed(failure),
      onClosed: () => {
        if (this.#active === isolate) this.#active = null;
      },
      onDisposed: () => this.#open.delete(isolate),
    });
    this.#active = isolate;
    this.#open.add(isolate);
    isolate.load();
  }

  /** One whose environment was renewed while it loaded takes no calls: the next one is loaded for those that wait. */
  #onLoaded(isolate: FunctionIsolate, code: FunctionCode): void {
    this.#announce(performance.now() - this.#loadStartedAt);
    if (code !== this.#code) isolate.close();
    this.#run(this.#waiting.splice(0));
  }

  #onLoadFailed(failure: Failure): void {
    for (const served of this.#waiting.splice(0)) served.fail(failure.outcome, failure.detail);
    this.#options.onLoadFailed(failure);
  }

  /** Subscribes at the first load; `onLoaded` when the bus knows it. A lost bus ends the cell, which says all there is to say. */
  #announce(loadMs: number): void {
    if (this.#subscription === null && !this.#isDraining) this.#subscribe();
    this.#options.connection.flush().then(
      () => this.#options.onLoaded(loadMs),
      () => undefined,
    );
  }

  #subscribe(): void {
    const { code, zone, tenant, connection } = this.#options;
    const subject = callSubject({ zone, tenant, function: code.name, version: code.version });
    this.#subscription = connection.subscribe(subject, CELL_QUEUE, (message, _subject, reply) => {
      if (isBundleSubject(reply)) return this.#takeBundle(message, replyPrefixOf(reply));
      const served = this.#take(message, reply);
      if (served !== null) this.#run([served]);
    });
  }

  /** Its calls begin together, but for those that would be one too many before others are over. */
  #takeBundle(message: Buffer, replyPrefix: string): void {
    const taken: ServedCall[] = [];
    dropMalformed(() => {
      readBundle(message, (name, call) => {
        if (this.#inFlight >= this.#options.code.limits.concurrency) this.#run(taken.splice(0));
        const served = this.#take(call, replyPrefix + name);
        if (served !== null) taken.push(served);
      });
    });
    this.#run(taken);
  }

  #take(message: Buffer, reply: string): ServedCall | null {
    const key = callKeyOfReply(reply, this.#options.zone, this.#options.tenant);
    return key === null ? null : dropMalformed(() => this.#admit(message, key, reply));
  }

  /** Calls enter in their order. Those that cannot, because there is no isolate or it is closed meanwhile, wait for the next one. */
  #run(calls: readonly ServedCall[]): void {
    const isolate = this.#active;
    let waiting = calls;
    if (isolate?.state === 'ready') {
      if (calls.length > 0) calls[0]!.isCold = isolate.isUnused;
      for (const served of calls) served.isolate = isolate;
      waiting = isolate.dispatch(calls);
      for (const served of waiting) served.isolate = null;
    }
    this.#startedCalls += calls.length - waiting.length;
    this.#waiting.push(...waiting);
    if (this.#waiting.length > 0 && this.#active === null) this.#load();
  }

  #onIdle(): void {
    this.#usedAt = performance.now();
    this.#onEmpty?.();
  }

  #makeCall(call: Call, key: string, reply: string): ServedCall {
    const { connection, replies, runner, calls, slow } = this.#options;
    this.#inFlight++;
    const served: ServedCall = new ServedCall({
      call,
      key,
      runner,
      owner: this,
      pace: connection,
      send: (frame) => replies.send(reply, frame),
      onOver: (ending) => {
        if (ending !== null) {
          this.#options.log.end(served, ending);
          this.#options.statements.add(served, ending);
        }
        if (served.spans !== null) this.#options.spans.send(served.spans);
        this.#cpuUs += served.cpuUs;
        calls.remove(served);
        slow.clear(served);
        served.isolate = null;
        if (--this.#inFlight === 0) this.#onIdle();
      },
    });
    calls.add(served);
    return served;
  }
}
