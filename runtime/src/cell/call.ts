/**
 * One call that this cell serves: its state, what it has used, and the frames it sends to its gateway.
 *
 * Guarantees: exactly one of answer, refusal and failure is sent; after an answer with a streamed body, exactly one end
 * frame; nothing after that. What the guest does later with the call is ignored. The first cause of an end wins.
 */
import {
  type Call,
  encodeAnswer,
  encodeCredit,
  encodeEnd,
  encodeFailure,
  encodeRefusal,
  encodeTaken,
  type FailureDetail,
  type HeaderBlock,
  INLINE_BODY_BYTES,
  isLimitName,
  limitHint,
  type Outcome,
  type Runner,
  STREAM_WINDOW,
} from '@sovfn/protocol';
import { ChunkReceiver, ChunkSender, NO_DEADLINE, type Pace, type Timed } from '@sovfn/bus/wire';
import type { HandlerDecisions } from './handler-decisions.ts';
import type { Failure } from './isolate/failures.ts';
import type { FunctionIsolate } from './isolate/function-isolate.ts';
import type { MadeSpans } from './spans/made-spans.ts';

/** Who serves the call: a FunctionService. */
export interface CallOwner {
  /** Ends a call from outside: with a failure, or with null because its caller is gone. */
  end(served: ServedCall, failure: Failure | null): void;
  /** Milliseconds since acceptance after which `endOverdue` is due. */
  allowedMs(served: ServedCall): number;
  /** The call has passed its time: ends it if it is owed an answer, or cuts its background work. */
  endOverdue(served: ServedCall, now: number): void;
}

export interface CallOptions {
  readonly call: Call;
  readonly owner: CallOwner;
  /** `<gateway>.<number>`. */
  readonly key: string;
  readonly runner: Runner;
  readonly send: (frame: Buffer) => void;
  readonly pace: Pace;
  /** The call is over, `waitUntil` work included: called once. Null: it was refused, and nothing of it ran. */
  readonly onOver: (ending: CallEnding | null) => void;
}

/** How a call ended, for its log. */
export interface CallEnding {
  readonly outcome: Outcome;
  /** Of the response, or null. */
  readonly status: number | null;
  /** Until the answer was complete, or the call ended without one. */
  readonly wallUs: number;
  /** The error that ended it, or its background work; empty without one. */
  readonly errorText: string;
}

/** What an isolate wants to know of a call that has entered it. */
export interface CallInside {
  /** Of the call within its isolate. */
  readonly number: number;
  /** A piece of the streamed request body has come, or its end. */
  readonly onBody: () => void;
  readonly onOver: () => void;
}

/** `waiting`: not in an isolate yet. `answered`: the response is complete, only `waitUntil` work is left. */
export type CallState = 'waiting' | 'running' | 'streaming' | 'answered' | 'over';

const NO_BODY = Buffer.alloc(0);

export class ServedCall implements Timed {
  deadlineSlot = NO_DEADLINE;
  /** In which it runs; null while it waits. */
  isolate: FunctionIsolate | null = null;
  readonly call: Call;
  readonly key: string;
  readonly owner: CallOwner;
  readonly acceptedAt = performance.now();
  /** Microseconds of thread CPU of all entries so far. */
  cpuUs = 0;
  /** The isolate was made for this call. */
  isCold = false;
  hasBackgroundWork = false;
  /** It has been told that it is near its CPU limit. */
  isWarned = false;
  logBytes = 0;
  /** Null until its function ends the first. */
  spans: MadeSpans | null = null;
  /** Of a `scheduled` or `queue` handler; null when there are none. */
  decisions: HandlerDecisions | null = null;
  /** The guest's operation that waits for a piece of the request body, or for room in the response; else null. */
  pendingRead: number | null = null;
  pendingWrite: number | null = null;
  readonly #options: CallOptions;
  #state: CallState = 'waiting';
  #sender: ChunkSender | null = null;
  #receiver: ChunkReceiver | null = null;
  #inside: CallInside | null = null;
  #isEnding = false;
  /** Until it is known better: its caller has gone. */
  #outcome: Outcome = 'canceled';
  #status: number | null = null;
  #endedWallUs: number | null = null;
  #errorText = '';
  #isRefused = false;

  constructor(options: CallOptions) {
    this.#options = options;
    this.call = options.call;
    this.key = options.key;
    this.owner = options.owner;
  }

  get state(): CallState {
    return this.#state;
  }

  /** Has the caller not got a whole answer yet? */
  get isOwed(): boolean {
    return this.#state === 'waiting' || this.#state === 'running' || this.#state === 'streaming';
  }

  get sender(): ChunkSender | null {
    return this.#sender;
  }

  get receiver(): ChunkReceiver | null {
    return this.#receiver;
  }

  /** Number of the call within its isolate; 0 when it has not entered one. */
  get number(): number {
    return this.#inside?.number ?? 0;
  }

  /** The call enters an isolate. A streamed request body may flow from now on. */
  start(inside: CallInside): void {
    this.#state = 'running';
    this.#inside = inside;
    if (!this.call.streamed) return;
    const grant = (chunks: number): void => this.#options.send(encodeCredit({ ...this.#options.runner, chunks }));
    this.#receiver = new ChunkReceiver({ grant, onChunk: inside.onBody });
    grant(STREAM_WINDOW);
  }

  /** Tells the gateway who has the call, for one that takes long. */
  sayTaken(): void {
    if (this.isOwed) this.#options.send(encodeTaken(this.#options.runner));
  }

  /** A complete response. A body that is too large for one message leaves in chunks. */
  answer(status: number, headers: HeaderBlock, body: Uint8Array): void {
    if (this.#state !== 'running') return;
    if (body.length > INLINE_BODY_BYTES) {
      this.answerStreamed(status, headers, () => undefined);
      this.write(body);
      this.endBody();
      return;
    }
    this.#sendAnswer(status, headers, body, true);
    this.#finishAnswer();
  }

  /** The head of a response whose body is written piece by piece. `onRoom`: see ChunkSender. */
  answerStreamed(status: number, headers: HeaderBlock, onRoom: () => void): void {
    if (this.#state !== 'running') return;
    this.#state = 'streaming';
    this.#sendAnswer(status, headers, NO_BODY, false);
    this.#sender = new ChunkSender({
      credits: STREAM_WINDOW,
      pace: this.#options.pace,
      send: this.#options.send,
      onRoom: () => {
        if (this.#isEnding) this.#sendEnd('ok');
        else onRoom();
      },
    });
  }

  /** Writes a piece of a streamed response. False: no room before `onRoom`. */
  write(bytes: Uint8Array): boolean {
    if (this.#state !== 'streaming' || this.#isEnding) return true;
    return this.#sender!.write(bytes);
  }

  /** The streamed response is complete; its last pieces may still wait for credits. */
  endBody(): void {
    if (this.#state !== 'streaming') return;
    this.#isEnding = true;
    if (this.#sender!.isEmpty) this.#sendEnd('ok');
  }

  /** Nothing of the function ran: the gateway may send the call elsewhere. */
  refuse(outcome: Outcome): void {
    if (this.#state !== 'waiting') return;
    this.#options.send(encodeRefusal({ ...this.#options.runner, outcome }));
    this.#isRefused = true;
    this.#over();
  }

  /** The call ends without a (whole) response. */
  fail(outcome: Outcome, detail: FailureDetail): void {
    if (this.#state === 'over') return;
    this.#errorText = textOf(detail);
    if (this.#state === 'streaming') return this.#sendEnd(outcome);
    if (this.isOwed) {
      this.#outcome = outcome;
      const used = { cpuUs: this.cpuUs, wallUs: this.wallUs };
      const report = this.decisions?.report() ?? null;
      this.#options.send(encodeFailure({ ...this.#options.runner, ...used, outcome, detail, report }));
    }
    this.#over();
  }

  /** The caller is gone, or `waitUntil` work is done or cut: nothing more is sent. */
  close(): void {
    this.#over();
  }

  /** NOTE: on the path of every call. Nothing is spread: what comes behind a spread is slow in V8. */
  #sendAnswer(status: number, headers: HeaderBlock, body: Uint8Array, complete: boolean): void {
    const { node, cell } = this.#options.runner;
    const { cpuUs, wallUs, isCold: cold } = this;
    this.#options.send(encodeAnswer({ node, cell, status, headers, cpuUs, wallUs, cold, body, complete }));
    this.#status = status;
  }

  #sendEnd(outcome: Outcome): void {
    const { chunks } = this.#sender!;
    this.#options.send(encodeEnd({ outcome, cpuUs: this.cpuUs, wallUs: this.wallUs, chunks }));
    this.#sender!.stop();
    this.#outcome = outcome;
    if (outcome === 'ok') this.#finishAnswer();
    else this.#over();
  }

  #finishAnswer(): void {
    this.#state = 'answered';
    this.#outcome = 'ok';
    this.#endedWallUs = this.wallUs;
    if (!this.hasBackgroundWork) this.#over();
  }

  #over(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#sender?.stop();
    this.#inside?.onOver();
    this.#options.onOver(this.#isRefused ? null : this.#ending());
  }

  #ending(): CallEnding {
    const wallUs = this.#endedWallUs ?? this.wallUs;
    return { outcome: this.#outcome, status: this.#status, wallUs, errorText: this.#errorText };
  }

  /** Since acceptance. */
  get wallUs(): number {
    return (performance.now() - this.acceptedAt) * 1_000;
  }
}

/** A stack begins with the error's name and message. */
function textOf({ stack, errorName, message, limit }: FailureDetail): string {
  if (stack !== null && stack !== '') return stack;
  if (errorName !== null) return `${errorName}: ${message}`;
  return limit !== null && isLimitName(limit) ? `${message} ${limitHint(limit)}` : message;
}
