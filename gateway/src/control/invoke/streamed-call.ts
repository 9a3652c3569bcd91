/**
 * A call whose response is read piece by piece, at the reader's pace. Nothing is read from the cell before the reader
 * wants it; when the reader stops early, the call is cancelled.
 */
import { type AnswerFrame, type EndFrame, INLINE_BODY_BYTES, type Runner, type Usage } from '@sovfn/protocol';
import type { CallClient } from '../../calls/call-client.ts';
import type { CallFailure, CallHandler, OutgoingCall } from '../../calls/call-handler.ts';
import type { CallTarget } from '../../calls/call-target.ts';
import type { PendingCall } from '../../calls/pending-call.ts';

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

export class StreamedCall implements CallHandler {
  readonly #head = Promise.withResolvers<AnswerHead | CallFailure>();
  #pending: PendingCall | null = null;
  #whole: Buffer | null = null;
  #state: 'open' | 'ended' | CallFailure = 'open';
  #usage: Usage | null = null;
  #wake: () => void = () => undefined;

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
  }

  onFailure(failure: CallFailure): void {
    this.#usage = failure.usage;
    this.#state = failure;
    this.#head.resolve(failure);
    this.#wake();
  }

  /** The request's body was written whole at the start: there is nothing to go on with. */
  onRoom(): void {}
}
