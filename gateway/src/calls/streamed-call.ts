/**
 * A call whose response is read piece by piece, at the reader's pace. Nothing is read from the cell before the reader
 * wants it; when the reader stops early, the call is cancelled.
 */
import { type AnswerFrame, type EndFrame, INLINE_BODY_BYTES, type Runner, type Usage } from '@sovfn/protocol';
import type { CallClient } from './call-client.ts';
import { type CallFailure, type CallHandler, failureOf, type OutgoingCall } from './call-handler.ts';
import type { CallTarget } from './call-target.ts';
import type { PendingCall } from './pending-call.ts';

export type AnswerHead = Pick<AnswerFrame, 'status' | 'headers' | 'cold'> & Runner;

/** The response broke off; thrown by `body`. */
export class CallBrokenOff extends Error {
  override name = 'CallBrokenOff';
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super(failure.detail.message);
    this.failure = failure;
  }
}

const NO_BYTES = Buffer.alloc(0);

export class StreamedCall implements CallHandler {
  readonly #head = Promise.withResolvers<AnswerHead | CallFailure>();
  #pending: PendingCall | null = null;
  #whole: Buffer | null = null;
  #state: 'open' | 'ended' | CallFailure = 'open';
  #usage: Usage | null = null;
  #wake: () => void = () => undefined;
  #onRoom: () => void = () => undefined;

  /** Throws what `CallClient.start` throws. */
  static start(
    calls: CallClient,
    target: CallTarget,
    call: Omit<OutgoingCall, 'body' | 'streamed'>,
    body: Buffer,
  ): StreamedCall {
    const streamed = body.length > INLINE_BODY_BYTES;
    const handler = new StreamedCall();
    const first = body.subarray(0, INLINE_BODY_BYTES);
    handler.#pending = calls.start(target, { ...call, body: first, streamed }, handler);
    if (streamed) {
      handler.#pending.write(body.subarray(INLINE_BODY_BYTES));
      handler.#pending.endBody();
    }
    return handler;
  }

  /** Sends a body that is read as the cell takes it. Throws what `CallClient.start` throws. */
  static startReading(
    calls: CallClient,
    target: CallTarget,
    call: Omit<OutgoingCall, 'body' | 'streamed'>,
    source: AsyncIterable<Buffer>,
  ): StreamedCall {
    const handler = new StreamedCall();
    handler.#pending = calls.start(target, { ...call, body: NO_BYTES, streamed: true }, handler);
    void handler.#upload(source);
    return handler;
  }

  /** The head of the response, or why there is none. */
  get head(): Promise<AnswerHead | CallFailure> {
    return this.#head.promise;
  }

  /** What the call has used; known when it has ended. */
  get usage(): Usage | null {
    return this.#usage;
  }

  cancel(): void {
    this.#pending?.cancel();
    this.#onRoom();
  }

  /** The body of the response. Throws `CallBrokenOff`. To be read once. */
  async *body(): AsyncGenerator<Buffer> {
    try {
      if (this.#whole !== null && this.#whole.length > 0) yield this.#whole;
      for (;;) {
        const chunk = this.#pending!.take();
        if (chunk !== null) yield chunk;
        else if (this.#state === 'ended') return;
        else if (this.#state !== 'open') throw new CallBrokenOff(this.#state);
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.cancel();
    }
  }

  onAnswer(answer: AnswerFrame): void {
    const { status, headers, cold, node, cell, cpuUs, wallUs } = answer;
    this.#usage = { cpuUs, wallUs };
    if (answer.complete) {
      this.#whole = Buffer.from(answer.body);
      this.#state = 'ended';
      this.#onRoom();
    }
    this.#head.resolve({ status, headers, cold, node, cell });
  }

  onChunk(): void {
    this.#wake();
  }

  onEnd({ cpuUs, wallUs }: EndFrame): void {
    this.#usage = { cpuUs, wallUs };
    this.#state = 'ended';
    this.#wake();
    this.#onRoom();
  }

  onFailure(failure: CallFailure): void {
    this.#usage = failure.usage;
    this.#state = failure;
    this.#head.resolve(failure);
    this.#wake();
    this.#onRoom();
  }

  onRoom(): void {
    this.#onRoom();
  }

  /** Never rejects: a body that cannot be read ends the call. */
  async #upload(source: AsyncIterable<Buffer>): Promise<void> {
    try {
      for await (const piece of source) {
        if (this.#state !== 'open') return;
        if (!this.#pending!.write(piece)) await new Promise<void>((resolve) => (this.#onRoom = resolve));
      }
      this.#pending!.endBody();
    } catch (error) {
      this.#pending!.abandon(failureOf('internal-error', `the body of the call could not be read: ${String(error)}`));
    }
  }
}
