import { type AnswerFrame, type HeaderBlock, INLINE_BODY_BYTES, type Runner, type Usage } from '@sovfn/protocol';
import type { CallClient } from './call-client.ts';
import { type CallFailure, type CallHandler, failureOf, type OutgoingCall } from './call-handler.ts';
import type { CallTarget } from './call-target.ts';
import type { PendingCall } from './pending-call.ts';

/** The whole answer of a call, for callers that want a value and not a stream. */
export interface CollectedAnswer extends Runner, Usage {
  readonly status: number;
  readonly headers: HeaderBlock;
  readonly body: Buffer;
  readonly cold: boolean;
}

export type CollectedCall =
  | { readonly answer: CollectedAnswer; readonly failure: null }
  | { readonly answer: null; readonly failure: CallFailure };

export interface CollectOptions {
  /** Body of the request, of any size up to the function's limit. */
  readonly body: Buffer;
  /** Largest response that is kept, bytes. A larger one is cancelled and ends as a failure. */
  readonly maxBytes: number;
}

/** Runs a call to its end. Throws what `CallClient.start` throws; every other end is in the result. */
export function collectCall(
  calls: CallClient,
  target: CallTarget,
  call: Omit<OutgoingCall, 'body' | 'streamed'>,
  options: CollectOptions,
): Promise<CollectedCall> {
  const first = options.body.subarray(0, INLINE_BODY_BYTES);
  const rest = options.body.subarray(INLINE_BODY_BYTES);
  const streamed = rest.length > 0;
  return new Promise((resolve) => {
    const collector = new Collector(options.maxBytes, resolve);
    const pending = calls.start(target, { ...call, body: first, streamed }, collector);
    collector.pending = pending;
    if (!streamed) return;
    pending.write(rest);
    pending.endBody();
  });
}

class Collector implements CallHandler {
  pending: PendingCall | null = null;
  readonly #maxBytes: number;
  readonly #resolve: (call: CollectedCall) => void;
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  #answer: AnswerFrame | null = null;

  constructor(maxBytes: number, resolve: (call: CollectedCall) => void) {
    this.#maxBytes = maxBytes;
    this.#resolve = resolve;
  }

  onAnswer(answer: AnswerFrame): void {
    this.#answer = answer;
    if (!answer.complete) return;
    this.#keep(Buffer.from(answer.body));
    this.#finish(answer);
  }

  onChunk(): void {
    for (let chunk = this.pending?.take() ?? null; chunk !== null; chunk = this.pending?.take() ?? null)
      this.#keep(chunk);
  }

  onEnd(end: Usage): void {
    this.#finish(end);
  }

  onFailure(failure: CallFailure): void {
    this.#resolve({ answer: null, failure });
  }

  /** The body was written whole: there is nothing to go on with. */
  onRoom(): void {}

  #keep(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) return this.#refuse();
    this.#parts.push(chunk);
  }

  #refuse(): void {
    this.pending?.cancel();
    const message = `the response has more than ${this.#maxBytes} bytes; call the function over HTTP to stream it`;
    this.#resolve({ answer: null, failure: failureOf('invalid-response', message, 'body-too-large') });
  }

  #finish(usage: Usage): void {
    const { status, headers, cold, node, cell } = this.#answer!;
    const { cpuUs, wallUs } = usage;
    const body = Buffer.concat(this.#parts, Math.min(this.#bytes, this.#maxBytes));
    this.#resolve({ answer: { status, headers, body, cold, node, cell, cpuUs, wallUs }, failure: null });
  }
}
