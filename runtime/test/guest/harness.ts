/**
 * A real isolate with the prelude in it, and a host that is as simple as the bridge allows: it records what the guest
 * tells, keeps timers until a test fires them, and answers operations when a test delivers.
 */
import { domainToASCII } from 'node:url';
import ivm from 'isolated-vm';
import {
  BODY,
  ENTRY_NAMES,
  type GuestEntries,
  type HostOperations,
  OPERATION_NAMES,
  PRELUDE_FILENAME,
} from '../../src/bridge/contract.ts';
import { DELAY } from '../../src/bridge/delay.ts';
import { decodeUtf8 } from '../../src/cell/isolate/decode-utf8.ts';
import { HostServices } from '../../src/cell/isolate/host-services.ts';
import { makeCollector } from '../../src/cell/isolate/guest-isolate.ts';
import { openedModule } from '../../src/cell/isolate/web-assembly-module.ts';
import { buildPrelude } from '../../src/prelude/build-prelude.ts';
import { ENCODING_TABLES } from '../../src/prelude/encoding-tables.ts';

export const prelude = await buildPrelude();

/** Long enough for a busy machine; a test that loops for ever ends here. */
const ENTRY_TIMEOUT_MS = 5_000;
export const START = Date.UTC(2026, 0, 15, 12, 30, 15, 250);

export interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly kind: number;
  readonly body: string | ArrayBuffer | undefined;
}

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** What the guest has told its host of one call. */
export class CallRecord {
  answer: Answer | null = null;
  failure: Failure | null = null;
  invalid: string | null = null;
  readonly written: Buffer[] = [];
  /** Null while the streamed body goes on; with an empty name when it ended well. */
  end: Failure | null = null;
  isHandled = false;
  /** What `queue` decided, in order: `position: delaySeconds`, or the word for it. */
  readonly decisions: string[] = [];
  isRetryDeclined = false;
  isWaiting = false;
  hasWaited = false;
  isUploadCanceled = false;
  /** Operations that wait for `deliver`. */
  pendingRead: number | null = null;
  pendingWrite: number | null = null;

  get text(): string {
    if (this.answer === null) throw new Error(`no answer; ${JSON.stringify(this.failure ?? this.invalid)}`);
    const { body } = this.answer;
    return typeof body === 'string' ? body : Buffer.from(body ?? new ArrayBuffer(0)).toString('utf8');
  }

  get json(): unknown {
    return JSON.parse(this.text) as unknown;
  }
}

export type CallInGuest = CallRecord & { readonly number: number };

export interface GuestTimer {
  readonly call: number;
  /** On the guest's clock. */
  due: number;
  readonly delay: number;
  readonly repeat: boolean;
}

export interface GuestOptions {
  /** Replaces operations of the host. */
  readonly operations?: Partial<HostOperations>;
  readonly memoryMb?: number;
  /** What WebAssembly may take; default: there is none. */
  readonly wasmMemoryMb?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Changes the prelude's text before it runs. */
  readonly transform?: (source: string) => string;
}

export class Guest implements Disposable {
  readonly isolate: ivm.Isolate;
  readonly context: ivm.Context;
  readonly calls = new Map<number, CallRecord>();
  readonly timers = new Map<number, GuestTimer>();
  readonly logs: string[] = [];
  readonly errors: Failure[] = [];
  readonly orphans: unknown[] = [];
  handlers: string | null = null;
  installFailure: Failure | null = null;
  /** Pieces that a streamed body may write before it must wait. */
  room = Infinity;
  now = START;
  readonly #entries: ReadonlyMap<string, ivm.Reference>;
  /** Cryptography and compression are the cell's own: their answers come by themselves. */
  readonly #services = new HostServices({
    isOpen: () => !this.isolate.isDisposed,
    deliver: (call, operation, value) => this.enter('deliver', [call, operation, moveIn(value)]),
    deliverError: (call, operation, name, message) => this.enter('deliverError', [call, operation, name, message]),
    charge: () => undefined,
  });
  readonly #environment: string;
  readonly #wasmMemoryMb: number;
  #lastCall = 0;

  constructor(options: GuestOptions = {}) {
    this.#environment = JSON.stringify({ vars: options.environment ?? {} });
    this.#wasmMemoryMb = options.wasmMemoryMb ?? 0;
    this.isolate = new ivm.Isolate({ memoryLimit: options.memoryMb ?? 64 });
    this.context = this.isolate.createContextSync();
    const script = compilePrelude(this.isolate, options.transform);
    const connect: ivm.Reference = script.runSync(this.context, { reference: true });
    const operations = { ...this.#operations(), ...options.operations } as Record<
      string,
      (...args: never[]) => unknown
    >;
    const callbacks = OPERATION_NAMES.map((name) => new ivm.Callback((...args: never[]) => operations[name]!(...args)));
    const entries: ivm.Reference = connect.applySync(undefined, callbacks, { result: { reference: true } });
    this.#entries = new Map(ENTRY_NAMES.map((name) => [name, entries.getSync(name, { reference: true })]));
  }

  /** Evaluates the text of a module whose default export is the variable `handler`. */
  install(code: string): this {
    this.enter('begin', [code.includes('Temporal'), ...this.#webAssembly()]);
    const source = `"use strict";(async()=>{${code}\nreturn {default:handler}})()`;
    const script = this.isolate.compileScriptSync(source, { filename: 'function.js' });
    const module: ivm.Reference = script.runSync(this.context, { reference: true, timeout: ENTRY_TIMEOUT_MS });
    this.enter('install', [module.derefInto(), this.#environment]);
    return this;
  }

  #webAssembly(): [wasmMemoryMb: number, collect: unknown] {
    const wanted = this.#wasmMemoryMb;
    return wanted === 0 ? [0, undefined] : [wanted, makeCollector(this.isolate).derefInto()];
  }

  /** Starts a call, and returns what the guest has told of it so far. */
  dispatch(
    request: { method?: string; url?: string; headers?: string; body?: string | Uint8Array; streamed?: boolean } = {},
  ): CallInGuest {
    const record = this.#newCall();
    const { number } = record;
    const { method = 'GET', url = 'http://localhost/', headers = '', body, streamed = false } = request;
    const bytes = body === undefined ? undefined : new ivm.ExternalCopy(copyOf(body)).copyInto();
    this.enter('dispatch', [number, `${method}\n${url}\n${headers}`, bytes, streamed]);
    return record;
  }

  dispatchTick(tick: { scheduledTime?: number; cron?: string; name?: string; attempt?: number } = {}): CallInGuest {
    const record = this.#newCall();
    const { scheduledTime = START, cron = '* * * * *', name = 'nightly', attempt = 1 } = tick;
    this.enter('dispatchTick', [record.number, scheduledTime, cron, name, attempt]);
    return record;
  }

  /** `body`: a batch as the protocol encodes it, or its first bytes. */
  dispatchBatch(body: Uint8Array, streamed = false): CallInGuest {
    const record = this.#newCall();
    this.enter('dispatchBatch', [record.number, new ivm.ExternalCopy(copyOf(body)).copyInto(), streamed]);
    return record;
  }

  #newCall(): CallInGuest {
    const number = ++this.#lastCall;
    const record = Object.assign(new CallRecord(), { number });
    this.calls.set(number, record);
    return record;
  }

  enter(name: keyof GuestEntries, args: unknown[]): void {
    try {
      this.#entries.get(name)!.applySync(undefined, [this.now, ...args], { timeout: ENTRY_TIMEOUT_MS });
    } catch (error) {
      if (this.isolate.isDisposed) throw error;
      this.orphans.push(error);
    }
  }

  deliver(call: CallInGuest, operation: number | null, value?: string | Uint8Array): void {
    const bytes = value === undefined ? undefined : new ivm.ExternalCopy(copyOf(value)).copyInto();
    this.enter('deliver', [call.number, operation, bytes]);
  }

  /** Fires what is due, in order, until no timer is left or `rounds` are over. */
  fireTimers(rounds = 100): void {
    for (let round = 0; round < rounds && this.timers.size > 0; round++) {
      const [number, timer] = [...this.timers].sort(([a, x], [b, y]) => x.due - y.due || a - b)[0]!;
      if (!timer.repeat) this.timers.delete(number);
      this.now = Math.max(this.now, timer.due);
      timer.due += Math.max(timer.delay, 1);
      this.enter('fire', [timer.call, number]);
    }
  }

  /** Is the host still computing for any of the calls, or the module? */
  get isBusy(): boolean {
    return [0, ...this.calls.keys()].some((call) => this.#services.isWaiting(call));
  }

  [Symbol.dispose](): void {
    this.#services.endAll();
    if (!this.isolate.isDisposed) this.isolate.dispose();
  }

  #call(number: number): CallRecord {
    const record = this.calls.get(number);
    if (record === undefined) throw new TypeError(`no call ${number}`);
    return record;
  }

  #operations(): HostOperations {
    return {
      ...this.#responseOperations(),
      installed: (handlers) => void (this.handlers = handlers),
      installFailed: (name, message, stack) => void (this.installFailure = { name, message, stack }),
      readBody: (call, operation) => void (this.#call(call).pendingRead = operation),
      cancelBody: (call) => void (this.#call(call).isUploadCanceled = true),
      ask: () => {
        throw new TypeError('this host has no broker');
      },
      writeAsk: () => true,
      endAsk: () => undefined,
      readAnswer: () => undefined,
      cancelAsk: () => undefined,
      setTimer: (call, timer, delay, repeat) =>
        void this.timers.set(timer, { call, due: this.now + delay, delay, repeat }),
      clearTimer: (timer) => void this.timers.delete(timer),
      log: (_call, _level, text) => void this.logs.push(text),
      spanContext: () => '',
      endSpan: () => undefined,
      reportError: (_call, name, message, stack) => void this.errors.push({ name, message, stack }),
      ...this.#services.operations,
      domainToAscii: (domain) => domainToASCII(domain),
      decodeUtf8,
      encodingTables: () => ENCODING_TABLES,
      openModule: openedModule,
      partText: (name) => prelude.parts[name]!,
    };
  }

  #responseOperations() {
    return {
      next: () => 0,
      respond: (call, status, headers, kind, body) => void (this.#call(call).answer = { status, headers, kind, body }),
      handled: (call) => void (this.#call(call).isHandled = true),
      decide: (call, position, delay) => {
        const word = delay === DELAY.ack ? 'ack' : delay === DELAY.configured ? 'retry' : delay;
        this.#call(call).decisions.push(`${position}: ${word}`);
      },
      declineRetry: (call) => void (this.#call(call).isRetryDeclined = true),
      fail: (call, name, message, stack) => void (this.#call(call).failure = { name, message, stack }),
      invalidResponse: (call, description) => void (this.#call(call).invalid = description),
      writeBody: (call, operation, bytes) => {
        this.#call(call).written.push(Buffer.from(bytes));
        if (--this.room > 0) return true;
        this.#call(call).pendingWrite = operation;
        return false;
      },
      endBody: (call, name, message, stack) => void (this.#call(call).end = { name, message, stack }),
      waiting: (call) => void (this.#call(call).isWaiting = true),
      waitedUntil: (call) => void (this.#call(call).hasWaited = true),
    } satisfies Partial<HostOperations>;
  }
}

/**
 * Runs `code` as the body of an async function in a fresh isolate, and returns what it returns, through JSON.
 * Timers fire in order. Throws what the code throws.
 */
export function inGuest(code: string, options: GuestOptions = {}): unknown {
  using guest = new Guest(options);
  const call = startCode(guest, code);
  guest.fireTimers();
  return resultOf(guest, call);
}

/** As `inGuest`, for code that waits for the host's cryptography or compression. */
export async function inGuestWithHost(code: string, options: GuestOptions = {}): Promise<unknown> {
  using guest = new Guest(options);
  const call = startCode(guest, code);
  guest.fireTimers();
  while (guest.isBusy) {
    await new Promise((resolve) => setImmediate(resolve));
    guest.fireTimers();
  }
  return resultOf(guest, call);
}

function startCode(guest: Guest, code: string): CallRecord {
  guest.install(`const handler = { async fetch(request, env, ctx) {
    const result = await (async () => {${code}})();
    return new Response(JSON.stringify(result === undefined ? null : result));
  } };`);
  return guest.dispatch();
}

function resultOf(guest: Guest, call: CallRecord): unknown {
  if (call.failure !== null) throw Object.assign(new Error(call.failure.message), { name: call.failure.name });
  if (call.answer?.kind !== BODY.text) throw new Error(`the code did not finish: ${JSON.stringify(guest.errors)}`);
  return call.json;
}

/** V8's code cache halves the time of a test; it belongs to the text as it was built. */
const preludeCache = makePreludeCache();

function makePreludeCache(): ArrayBuffer {
  const isolate = new ivm.Isolate();
  const script: ivm.Script & ivm.CachedDataResult = isolate.compileScriptSync(prelude.source, {
    produceCachedData: true,
  });
  const cache = script.cachedData!.copy();
  isolate.dispose();
  return cache;
}

function compilePrelude(isolate: ivm.Isolate, transform: GuestOptions['transform']): ivm.Script {
  const filename = PRELUDE_FILENAME;
  if (transform !== undefined) return isolate.compileScriptSync(transform(prelude.source), { filename });
  return isolate.compileScriptSync(prelude.source, { filename, cachedData: new ivm.ExternalCopy(preludeCache) });
}

function moveIn(value: unknown): unknown {
  return value instanceof ArrayBuffer ? new ivm.ExternalCopy(value).copyInto() : value;
}

function copyOf(value: string | Uint8Array): ArrayBuffer {
  return new Uint8Array(Buffer.from(value)).buffer;
}
