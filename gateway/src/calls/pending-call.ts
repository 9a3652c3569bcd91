import { ChunkReceiver, NO_DEADLINE, type Timed } from '@sovfn/bus/wire';
import {
  type AnswerFrame,
  type CellFrame,
  type ChunkFrame,
  type CreditFrame,
  encodeCredit,
  type EndFrame,
  type FailureFrame,
  isSovfnError,
  type Outcome,
  OUTCOMES,
  PROBE_AFTER_MS,
  ProtocolError,
  type RefusalFrame,
  type Runner,
  type StatementBytes,
  STREAM_IDLE_MS,
  type Usage,
} from '@sovfn/protocol';
import type { CallStatement } from '../receipts/call-statement.ts';
import type { CallSpan } from '../telemetry/call-spans.ts';
import { BodyUpload } from './body-upload.ts';
import { type CallFailure, type CallHandler, failureOf, overdueFailure, refusalFailure } from './call-handler.ts';
import { type CallPeer, readRunner } from './call-peer.ts';
import type { CallTarget } from './call-target.ts';
import type { Delivery } from './delivery.ts';

/** What a pending call needs from the client that made it. */
export interface CallSurroundings {
  /** Countries whose nodes may take the call, in the order in which they are asked. */
  countriesFor(target: CallTarget): readonly string[];
  /** Why no node took it. */
  nobodyFor(target: CallTarget): CallFailure;
  /** What the gateway states about the call, for its receipt. */
  stated(target: CallTarget, record: StatementBytes): void;
  /** The call is over: its answers are no longer expected. */
  forget(call: PendingCall): void;
  /** A peer broke the protocol, for the log. */
  onInvalid(reason: string): void;
}

export interface PendingCallOptions {
  readonly surroundings: CallSurroundings;
  readonly target: CallTarget;
  readonly handler: CallHandler;
  readonly delivery: Delivery;
  readonly peer: CallPeer;
  readonly streamed: boolean;
  readonly statement: CallStatement;
  /** Null: it is not recorded. */
  readonly span: CallSpan | null;
  /** Position in TRIGGERS, for its function's counts. */
  readonly trigger: number;
}

/** The gateway gives up this much later than the cell should have, so that the cell's better reason comes first. */
const WALL_GRACE_MS = 2_000;
const NOBODY = { node: '', cell: '' };
/** How a call is counted that nobody waits for any more. */
const LEFT = failureOf('canceled', 'nobody waits for the answer');

/**
 * One call that was sent: it takes the frames that come back and decides what follows. It is `waiting` until the head
 * of the answer comes, `answering` while the answer's body streams, then `ended`, in which nothing happens any more.
 */
export class PendingCall implements Timed {
  deadlineSlot = NO_DEADLINE;
  readonly target: CallTarget;
  /** Among the calls in flight. */
  readonly number: number;
  /** Subject of its answers. */
  readonly reply: string;
  readonly startedAt = performance.now();
  readonly #surroundings: CallSurroundings;
  readonly #delivery: Delivery;
  readonly #peer: CallPeer;
  readonly #handler: CallHandler;
  readonly #upload: BodyUpload | null;
  readonly #trigger: number;
  readonly #statement: CallStatement;
  readonly #span: CallSpan | null;
  #isCold = false;
  #status: number | null = null;
  #download: ChunkReceiver | null = null;
  #phase: 'waiting' | 'answering' | 'ended' = 'waiting';
  #isProbed = false;
  #lastHeardAt = this.startedAt;

  constructor(options: PendingCallOptions) {
    this.target = options.target;
    this.number = options.delivery.number;
    this.reply = options.delivery.reply;
    this.#surroundings = options.surroundings;
    this.#delivery = options.delivery;
    this.#peer = options.peer;
    this.#handler = options.handler;
    this.#trigger = options.trigger;
    this.#statement = options.statement;
    this.#span = options.span;
    this.#upload = options.streamed ? new BodyUpload(options.peer, () => options.handler.onRoom()) : null;
  }

  /** When the last frame of it came. */
  get lastHeardAt(): number {
    return this.#lastHeardAt;
  }

  /** The cell that has said that it has the call. */
  get runner(): Runner | null {
    return this.#peer.runner;
  }

  /** The node that has said so, for its cell or before it has found one. */
  get node(): string | null {
    return this.#peer.node;
  }

  get isTaken(): boolean {
    return this.#peer.isTaken;
  }

  /** A body is on its way, in one direction or both: a frame that is lost cannot be sent again. */
  get isStreaming(): boolean {
    return this.#phase === 'answering' || this.#upload?.hasBegun === true;
  }

  get firstDueAt(): number {
    return this.startedAt + Math.min(PROBE_AFTER_MS, this.target.wallMs + WALL_GRACE_MS);
  }

  wasSentIn(bundle: string): boolean {
    return this.#delivery.wasSentIn(bundle);
  }

  wasHeardSince(time: number): boolean {
    return this.#lastHeardAt >= time;
  }

  /** Sends more of a streamed request body. The bytes must not change afterwards. False: wait for `onRoom`. */
  write(bytes: Uint8Array): boolean {
    if (this.#phase === 'ended' || this.#upload === null) return true;
    this.#statement.addInput(bytes);
    return this.#upload.write(bytes);
  }

  /** The request body is whole. */
  endBody(): void {
    this.#upload?.complete();
  }

  /** The next chunk of the response's body, or null when there is none now. Taking makes room for more. */
  take(): Buffer | null {
    return this.#download?.take() ?? null;
  }

  /** Nobody waits for the answer any more: tells whoever has the call, and says nothing further to the handler. */
  cancel(): void {
    if (this.#phase === 'ended') return;
    this.#end();
    this.#countFailure(LEFT);
    this.#peer.cancel();
  }

  /** Ends the call with a reason of the gateway's own, and tells whoever has it. */
  abandon(failure: CallFailure): void {
    if (this.#phase === 'ended') return;
    this.#peer.cancel();
    this.fail(failure);
  }

  /** Ends the call with a reason that its holder knows, or that means that there is no holder. */
  fail(failure: CallFailure): void {
    if (this.#phase === 'ended') return;
    this.#end();
    this.#countFailure(failure);
    this.#handler.onFailure(failure);
  }

  /** Asks who has the call: see LostCalls. */
  askWho(): void {
    this.#peer.askWho();
  }

  /** The server says that nobody subscribes to what one of the sends went to. */
  onNobody(): void {
    if (this.#phase !== 'waiting' || this.#delivery.cameBack()) return;
    if (this.#delivery.isPlaced) this.#sendOrFail((remainingMs) => this.#delivery.sendFurther(remainingMs));
    else this.#place(false);
  }

  onFrame(frame: CellFrame): void {
    if (this.#phase === 'ended') return;
    this.#lastHeardAt = performance.now();
    try {
      this.#dispatch(frame);
    } catch (error) {
      this.onBrokenFrame(error);
    }
  }

  /** A frame breaks the protocol, or a stream is damaged: the call cannot go on. */
  onBrokenFrame(error: unknown): void {
    this.#surroundings.onInvalid(String(error));
    if (!isSovfnError(error)) return this.abandon(failureOf('internal-error', 'the gateway failed at an answer'));
    this.abandon(
      failureOf('internal-error', error.message, error.code === 'stream-lost' ? error.code : 'internal-error'),
    );
  }

  /** A deadline of the call has come. Returns the next one, or null when the call is over. */
  onDue(now: number): number | null {
    if (this.#phase === 'ended') return null;
    if (this.#phase === 'answering') return this.#checkIdle(now);
    const dueAt = this.startedAt + this.target.wallMs + WALL_GRACE_MS;
    if (now < dueAt) {
      this.#probe();
      return dueAt;
    }
    this.abandon(overdueFailure(this.target, now - this.startedAt, this.#peer.runner));
    return null;
  }

  #dispatch(frame: CellFrame): void {
    switch (frame.kind) {
      case 'answer':
        return this.#onAnswer(frame);
      case 'chunk':
        return this.#onChunk(frame);
      case 'end':
        return this.#onEnd(frame);
      case 'taken':
        return void this.#peer.adopt(frame);
      case 'credit':
        return this.#onCredit(frame);
      case 'refusal':
        return this.#onRefusal(frame);
      case 'failure':
        return this.#onFailure(frame);
    }
  }

  #onAnswer(answer: AnswerFrame): void {
    if (this.#phase !== 'waiting' || !this.#peer.adopt(answer)) return;
    this.target.counts.headed(answer.status, answer.cold);
    this.#status = answer.status;
    this.#isCold = answer.cold;
    if (answer.complete) {
      this.#end();
      this.#statement.setOutput(answer.body);
      this.#countSuccess(answer);
    } else {
      this.#phase = 'answering';
      this.#delivery.release();
      this.#download = new ChunkReceiver({
        grant: (chunks) => this.#peer.send(encodeCredit({ chunks, ...NOBODY })),
        onChunk: () => this.#handler.onChunk(),
      });
    }
    this.#handler.onAnswer(answer);
  }

  #onChunk(chunk: ChunkFrame): void {
    this.#openDownload().accept(chunk);
    this.#statement.addOutput(chunk.bytes);
  }

  #onEnd(end: EndFrame): void {
    const download = this.#openDownload();
    if (end.outcome !== 'ok') {
      const failure = failureOf(end.outcome, `the response ended early: ${end.outcome}`);
      return this.fail({ ...failure, runner: this.#peer.runner, usage: end });
    }
    download.finish(end.chunks);
    this.#end();
    this.#countSuccess(end);
    this.#handler.onEnd(end);
  }

  #onFailure(frame: FailureFrame): void {
    const { outcome, detail, report } = frame;
    if (outcome === 'ok') throw new ProtocolError('a cell sent a failure with the outcome "ok"');
    const runner = readRunner(frame);
    // Of a cell that gave the call back before.
    if (runner !== null && this.#peer.runner !== null && runner.cell !== this.#peer.runner.cell) return;
    this.fail({ code: outcome, outcome, detail, report, isOwn: false, runner, usage: frame });
  }

  /** A refusal promises that no code of the function ran, so the call may go elsewhere while its message is still here. */
  #onRefusal(refusal: RefusalFrame): void {
    if (this.#phase !== 'waiting') throw new ProtocolError('a call was refused after its answer had begun');
    this.#peer.release();
    if (this.#delivery.cameBack()) return;
    const isInTime = performance.now() < this.startedAt + this.target.wallMs;
    const mayRepeat = OUTCOMES[refusal.outcome].repeatable && this.#delivery.mayRepeat && isInTime;
    if (mayRepeat) this.#place(false);
    else this.fail(refusalFailure(refusal.outcome, this.target, refusal));
  }

  #onCredit(credit: CreditFrame): void {
    if (this.#upload === null || !this.#peer.adopt(credit)) return;
    this.#delivery.release();
    this.#upload.grant(credit.chunks);
  }

  #place(probe: boolean): void {
    const countries = this.#surroundings.countriesFor(this.target);
    this.#sendOrFail((remainingMs) => this.#delivery.sendToPlacement(countries, remainingMs, probe), probe);
  }

  #sendOrFail(send: (remainingMs: number) => boolean, probe = false): void {
    const remainingMs = Math.max(0, Math.ceil(this.startedAt + this.target.wallMs - performance.now()));
    try {
      if (send(remainingMs) || probe) return;
    } catch (error) {
      if (!isSovfnError(error)) throw error;
      // Somebody may still have the call that a probe asks for; every other send follows one that nobody took.
      if (!probe) this.fail(failureOf('not-started', error.message, error.code));
      return;
    }
    this.fail(this.#surroundings.nobodyFor(this.target));
  }

  /** Nobody has said that it has the call, and nobody has said that nobody has: somebody beside the cells may listen. */
  #probe(): void {
    if (this.#peer.isTaken || this.#isProbed || !this.#delivery.mayRepeat) return;
    this.#isProbed = true;
    this.#place(true);
  }

  /** A peer that is silent although it could send is gone; while chunks wait here, the silence is ours. */
  #checkIdle(now: number): number | null {
    if (this.#download?.isEmpty === false) return now + STREAM_IDLE_MS;
    const idleAt = this.#lastHeardAt + STREAM_IDLE_MS;
    if (now < idleAt) return idleAt;
    this.abandon(failureOf('cell-lost', `nothing came of the response for ${STREAM_IDLE_MS} ms`, 'stream-lost'));
    return null;
  }

  #openDownload(): ChunkReceiver {
    if (this.#download === null) throw new ProtocolError('a piece of a response came before its head');
    return this.#download;
  }

  /** What ends a call well is a frame, so the clock was looked at just now. */
  #countSuccess({ cpuUs }: Usage): void {
    const wallMs = this.#lastHeardAt - this.startedAt;
    this.target.counts.succeeded(this.#trigger, wallMs, cpuUs);
    this.#state('ok', wallMs, cpuUs, this.#peer.runner);
  }

  #countFailure(failure: CallFailure): void {
    const wallMs = performance.now() - this.startedAt;
    this.target.counts.failed(this.#trigger, wallMs, failure);
    const { outcome, usage, runner } = failure;
    this.#state(outcome, wallMs, usage?.cpuUs ?? null, runner ?? this.#peer.runner);
  }

  #state(outcome: Outcome, wallMs: number, cpuUs: number | null, runner: Runner | null): void {
    const status = this.#status;
    const isWhole = outcome === 'ok';
    this.#surroundings.stated(this.target, this.#statement.end({ outcome, wallMs, runner, status, isWhole }));
    this.#span?.end({ outcome, wallMs, cpuUs, runner, status, isCold: this.#isCold });
  }

  #end(): void {
    this.#phase = 'ended';
    this.#upload?.stop();
    this.#delivery.release();
    this.#surroundings.forget(this);
  }
}
