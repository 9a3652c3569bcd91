/**
 * The bridge between a cell (host, Node) and an isolate (guest, a function's code): every entry into the isolate and
 * every operation out of it. Both sides import this file; it holds types and numbers only.
 *
 * Transport: entries are `Reference.applySync` of guest functions, made only from the top of the cell's event loop;
 * operations are `ivm.Callback`s, called synchronously by the guest inside an entry. Only primitives and ArrayBuffer
 * copies cross. No host object, Reference or ExternalCopy is ever reachable from a function.
 *
 * Obligations of the host: sets a time limit on each entry; treats every argument of an operation as hostile (type,
 * size, call number); answers each asynchronous operation exactly once, by a `deliver` entry, unless the call has ended.
 * Obligations of the guest: keeps the operations in a closure; captures primordials before the function's code runs;
 * sets its clock and current call at the start of each entry, and never resets them, so that the microtasks an entry
 * drains are charged to its call; where calls share an entry, the microtasks of each run before the next begins. A promise
 * that a function shares between calls is charged to the call that settled it.
 * Not guaranteed: that a guest whose entry was cut by its time limit is consistent. The host condemns such an isolate.
 */

/** The file name of the prelude in stacks: its frames say nothing to whoever wrote the function. */
export const PRELUDE_FILENAME = 'sovfn:prelude';

/** The most that `writeCodec` takes at once. */
export const CODEC_INPUT_BYTES = 2 ** 20;

/** The most that `decodeUtf8` takes at once. */
export const DECODED_BYTES = 2 ** 20;

/** Between the heads of `dispatchAll`. No URL and no header has it. */
export const HEAD_SEPARATOR = '\0';

/** How a response's body crosses. */
export const BODY = { none: 0, text: 1, bytes: 2, stream: 3 } as const;
export type BodyKind = (typeof BODY)[keyof typeof BODY];

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
/** Index into LEVELS. */
export type LevelNumber = 0 | 1 | 2 | 3;

/**
 * Entries: functions of the guest. `now` is the clock the guest shows until the next entry: milliseconds since 1970 (may
 * have a fraction). `call` numbers a call within one isolate, counting from 1; 0 means "no call" (loading, orphans).
 */
export interface GuestEntries {
  /**
   * Sets the clock for the evaluation of the module, which follows. `namesTemporal`: the word stands in the module's text.
   * Without it, it is not there: closing its clock would make it, and it takes 170 KB of each isolate (measured).
   * `wasmMemoryMb`: what WebAssembly may take; 0: there is none. `collect` then runs V8's garbage collector.
   */
  begin(now: number, namesTemporal: boolean, wasmMemoryMb: number, collect: (() => void) | undefined): void;

  /**
   * Takes the evaluated module (the promise that the bundle's script form yields) and the environment as JSON
   * (`{ "vars": { NAME: "value" }, "bindings": { NAME: "kv" } }`; bindings may be missing). The guest answers with the operation `installed` or `installFailed`, now or later.
   */
  install(now: number, module: Promise<unknown>, environment: string): void;

  /**
   * Starts a call: runs the handler's `fetch`. `head` has a line for the method, one for the URL, and a header block
   * (`name\nvalue\n…`, lower-case names), split only when looked at: each argument takes a tenth of an entry's time. `body` is
   * the whole body, its first bytes when `streamed`, or undefined when there is none.
   */
  dispatch(now: number, call: number, head: string, body?: ArrayBuffer, streamed?: boolean): void;

  /**
   * What lets calls share an entry: `drain` runs V8's microtasks until none is left. Once, before the first `dispatchAll`.
   */
  shareEntries(now: number, drain: () => void): void;

  /**
   * Starts several calls without bodies, one after the other: `heads` has the `head` of each, with HEAD_SEPARATOR between. The
   * guest asks `next` before each, and runs all microtasks behind each, so that every piece of code runs for the call that
   * it would run for if each had its own entry.
   */
  dispatchAll(now: number, heads: string): void;

  /** Starts a call of the handler `scheduled`, for one tick of a schedule (ScheduledCall of the protocol). */
  dispatchTick(now: number, call: number, scheduledTime: number, cron: string, name: string, attempt: number): void;

  /** Starts a call of the handler `queue`. `body` is a batch as the protocol encodes it, or its first bytes when `streamed`. */
  dispatchBatch(now: number, call: number, body: ArrayBuffer, streamed: boolean): void;

  /** Settles the asynchronous operation `op` of `call`: with `value`, or rejecting with an Error of `name` and `message`. */
  deliver(now: number, call: number, op: number, value: ArrayBuffer | string | number | boolean | undefined): void;
  deliverError(now: number, call: number, op: number, name: string, message: string): void;

  /** A timer is due. A repeating timer stays set. */
  fire(now: number, call: number, timer: number): void;

  /** The call has ended from outside (caller gone, wall time): abort `request.signal`, drop its streams. Nothing it does later counts. */
  abort(now: number, call: number, reason: string): void;

  /**
   * A promise was rejected and nobody handled it: isolated-vm threw its reason out of the entry before this one. The
   * guest tells the function (`unhandledrejection`), and unless that cancels it answers with `reportError`.
   */
  orphan(now: number, call: number, name: string, message: string, stack: string): void;
}

/** Operations: functions of the host, given to the prelude once. Synchronous; a violation of the contract throws. */
export interface HostOperations {
  /** The module is evaluated; `handlers` lists which of `fetch`, `scheduled`, `queue` it has, comma-separated. */
  installed(handlers: string): void;
  installFailed(name: string, message: string, stack: string): void;

  /** In `dispatchAll`, the turn of the next head: the number of its call, or 0: neither it nor a later one is begun. */
  next(): number;

  /**
   * The response of a call. `headers` is a header block. `body` is a string for BODY.text (the host encodes UTF-8), an
   * ArrayBuffer for BODY.bytes, else undefined. With BODY.stream, `writeBody` and `endBody` follow.
   */
  respond(call: number, status: number, headers: string, kind: BodyKind, body: string | ArrayBuffer | undefined): void;
  /** The handler `scheduled` or `queue` has resolved. What it decided was told before, and nothing counts that comes after. */
  handled(call: number): void;
  /**
   * A `queue` handler has decided about the message at `position` of its batch: it is done (DELAY.ack of delay.ts), or
   * it shall come again, after a time of its own or of the function's configuration (DELAY.configured).
   */
  decide(call: number, position: number, delaySeconds: number): void;
  /** A `scheduled` handler does not want another attempt if this one fails. */
  declineRetry(call: number): void;
  /** The handler threw or rejected (anything: the guest has made strings of it). */
  fail(call: number, name: string, message: string, stack: string): void;
  /** The handler returned something that is no Response. `description` says what, for people. */
  invalidResponse(call: number, description: string): void;

  /** Sends a piece of a streamed response. False: no room; wait until `op` is delivered before the next one. */
  writeBody(call: number, op: number, bytes: ArrayBuffer): boolean;
  /** Ends a streamed response; with a non-empty `name`, because its stream failed. */
  endBody(call: number, name: string, message: string, stack: string): void;

  /** Asks for the next piece of a streamed request body: delivers an ArrayBuffer, or undefined at its end. */
  readBody(call: number, op: number): void;
  /** The function will not read the rest of the request body. */
  cancelBody(call: number): void;

  /**
   * Asks something of the outside (see asks.ts): `head` is JSON. `body` is all of the ask's body, or undefined; with `streamed`, it
   * follows by `writeAsk` and `endAsk`. Delivers the answer, or an error. Throws TypeError outside of a call, and when
   * the call has made as many as its limit `subrequests` allows. `operation` names the ask from then on. `parent`: the
   * function's own span that it belongs to, as `traceparent` has it; the empty string when there is none.
   */
  ask(
    call: number,
    operation: number,
    kind: string,
    head: string,
    body: ArrayBuffer | undefined,
    streamed: boolean,
    parent: string,
  ): void;
  /** Sends a piece of an ask's body. False: no room; wait until `operation` is delivered before the next one. */
  writeAsk(call: number, ask: number, operation: number, bytes: ArrayBuffer): boolean;
  /** Ends the body of an ask. Not `isWhole`: it failed, and the ask is given up. */
  endAsk(call: number, ask: number, isWhole: boolean): void;
  /** Asks for the next piece of a streamed answer: delivers an ArrayBuffer, or undefined at its end. */
  readAnswer(call: number, ask: number, operation: number): void;
  /** Nobody wants the (rest of the) answer: nothing of the ask is delivered any more. */
  cancelAsk(call: number, ask: number): void;

  /** `waitUntil` work of the call has all settled (sent only after its response, and only if there was any). */
  waitedUntil(call: number): void;
  /** There is `waitUntil` work: the call lives on after its response until `waitedUntil` or waitUntilMs. */
  waiting(call: number): void;

  /** Starts a timer; `delay` in milliseconds, already clamped to 0–2^31-1. Numbers count from 1 within one isolate. */
  setTimer(call: number, timer: number, delay: number, repeat: boolean): void;
  clearTimer(timer: number): void;

  /** A console line. The guest has formatted it; the host cuts it to its limit. */
  log(call: number, level: LevelNumber, text: string): void;
  /** An error that nobody handled (rejection or exception in a callback), for the log. */
  reportError(call: number, name: string, message: string, stack: string): void;

  /** Trace and span of the call itself (`<trace>-<span>`, hex), or the empty string when its function's spans are not wanted. */
  spanContext(call: number): string;
  /** The function has ended a span that began in that call. `span`: JSON of a `functionSpanSchema` of the protocol. */
  endSpan(call: number, span: string): void;

  /** Random bytes from the host's generator: 1–65,536. */
  random(size: number): ArrayBuffer;
  /** SHA-1, SHA-256, SHA-384 or SHA-512 of bytes. */
  digest(algorithm: string, bytes: ArrayBuffer): ArrayBuffer;
  /** Calls a method of SubtleCrypto (see subtle.ts): delivers its result, or an error. `args` is JSON. */
  subtle(call: number, op: number, method: string, args: string, ...parts: ArrayBuffer[]): void;
  /** The guest has lost these keys: their numbers, comma-separated. */
  releaseKeys(numbers: string): void;

  /** Opens a compression stream (of a CompressionFormat), which ends with the call. Returns its number. */
  openCodec(call: number, format: string, isCompressing: boolean): number;
  /** Gives the next input, 1–CODEC_INPUT_BYTES. `readCodec` must have said that the last is used up. */
  writeCodec(codec: number, bytes: ArrayBuffer): void;
  /** There is no more input. */
  endCodec(codec: number): void;
  /** Asks for the next output: delivers an ArrayBuffer, or undefined when the input so far has given all it gives. */
  readCodec(call: number, op: number, codec: number): void;
  /** Frees the stream. Nothing happens when it is closed. */
  closeCodec(codec: number): void;

  /** Domain to ASCII (IDNA, UTS #46) as the URL Standard asks; the empty string when invalid. */
  domainToAscii(domain: string, beStrict: boolean): string;
  /** UTF-8 decode of 1–DECODED_BYTES bytes, lossy, with a BOM kept: the host's decoder is native. */
  decodeUtf8(bytes: ArrayBuffer): string;
  /** The tables of the multi-byte encodings, as JSON text (ENCODING_TABLES of prelude/encoding-tables.ts): 150 KB, for the few that ask. */
  encodingTables(): string;
  /**
   * A WebAssembly module without memories of its own (see cell/isolate/web-assembly-module.ts), as V8 may be given it. In
   * front of it, 32 bits each: the number of its memories, the bytes that V8 may make of it, and of each memory the pages
   * at first and at most. A text: what is wrong.
   */
  openModule(bytes: ArrayBuffer): ArrayBuffer | string;
  /** The text of a lazy part of the prelude (see core/lazy-parts.guest.ts). */
  partText(name: string): string;
}

export type OperationName = keyof HostOperations;

/**
 * What the prelude's script evaluates to: a function that takes the operations in the order of OPERATION_NAMES and
 * returns the entries in the order of ENTRY_NAMES. It may be called once.
 */
export const OPERATION_NAMES = [
  'installed',
  'installFailed',
  'next',
  'respond',
  'handled',
  'decide',
  'declineRetry',
  'fail',
  'invalidResponse',
  'writeBody',
  'endBody',
  'readBody',
  'cancelBody',
  'ask',
  'writeAsk',
  'endAsk',
  'readAnswer',
  'cancelAsk',
  'waitedUntil',
  'waiting',
  'setTimer',
  'clearTimer',
  'log',
  'reportError',
  'spanContext',
  'endSpan',
  'random',
  'digest',
  'subtle',
  'releaseKeys',
  'openCodec',
  'writeCodec',
  'endCodec',
  'readCodec',
  'closeCodec',
  'domainToAscii',
  'decodeUtf8',
  'encodingTables',
  'openModule',
  'partText',
] as const satisfies readonly OperationName[];

export const ENTRY_NAMES = [
  'begin',
  'install',
  'dispatch',
  'shareEntries',
  'dispatchAll',
  'dispatchTick',
  'dispatchBatch',
  'deliver',
  'deliverError',
  'fire',
  'abort',
  'orphan',
] as const satisfies readonly (keyof GuestEntries)[];
