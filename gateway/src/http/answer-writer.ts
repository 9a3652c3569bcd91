import { validateHeaderName, validateHeaderValue } from 'node:http';
import { SovfnError } from '@sovfn/protocol';
import type { OutputEnd, OutputSink } from '../outputs/index.ts';
import type { CallerRequest, CallerResponse } from './caller.ts';
import { endThenClose, leavesBodyUnread } from './respond.ts';

export interface AnswerHead {
  readonly status: number;
  /** `[name, value, …]`, without a length. */
  readonly headers: string[];
  /** The Content-Length that the function declared, or null. */
  readonly declaredBytes: number | null;
}

/** Where a copy of the body goes; the answer ends only when the copy is durable. */
export interface AnswerOutput {
  readonly sink: OutputSink;
  /** What the sink is told at the end. */
  readonly end: Omit<OutputEnd, 'endedAt'>;
}

export interface AnswerWriterOptions {
  readonly request: CallerRequest;
  readonly response: CallerResponse;
  readonly head: AnswerHead;
  readonly mustClose: boolean;
  /** Null: nothing is kept. */
  readonly output: AnswerOutput | null;
  /** The next chunk of a streamed body, or null when there is none now. */
  readonly take: () => Buffer | null;
  /** The client does not take what was written: its owner sees to it that this does not last. */
  readonly onBlocked: () => void;
  /** The answer cannot be completed. When its head is out already, the response has been cut off. */
  readonly onBroken: (error: unknown) => void;
}

const NO_BYTES = Buffer.alloc(0);
const NO_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);
/** Bodies up to this size go out in one write with the head. */
const ONE_WRITE_BYTES = 16 * 1024;

/** Writes one answer of a function to its caller, and a copy to its output: whole, or piece by piece at the slower one's pace. */
export class AnswerWriter {
  readonly #options: AnswerWriterOptions;
  readonly #hasContent: boolean;
  #sent = 0;
  #blockedSince: number | null = null;
  #isWaiting = false;
  #isEnded = false;
  #isOver = false;
  #closes = false;

  constructor(options: AnswerWriterOptions) {
    this.#options = options;
    this.#hasContent = options.request.method !== 'HEAD' && !NO_CONTENT.has(options.head.status);
  }

  /** When the client stopped taking what was written, on the clock of `performance.now()`; null: it takes it. */
  get blockedSince(): number | null {
    return this.#blockedSince;
  }

  /** Sends a complete answer. `body` is a view: it is copied. */
  sendWhole(body: Uint8Array): void {
    const { output } = this.#options;
    if (output === null) return this.#writeWhole(body);
    this.#keepWhole(output, Buffer.from(body)).catch((error: unknown) => this.#break(error));
  }

  /** Sends the head of an answer whose body is then pumped. */
  begin(): void {
    const { head, response } = this.#options;
    const { declaredBytes } = head;
    if (declaredBytes !== null && this.#mayDeclare) head.headers.push('content-length', String(declaredBytes));
    this.#writeHead();
    response.flushHeaders();
  }

  /** Passes on what there is, until there is no more or the client or the output needs time. */
  pump(): void {
    while (!this.#isWaiting && !this.#isOver) {
      const chunk = this.#options.take();
      if (chunk === null) break;
      this.#pass(chunk);
    }
    if (this.#isEnded && !this.#isWaiting && !this.#isOver) this.#finish();
  }

  /** Every chunk has come. */
  end(): void {
    this.#isEnded = true;
    this.pump();
  }

  /** The answer is given up. */
  discard(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#options.output?.sink.discard();
  }

  async #keepWhole(output: AnswerOutput, body: Buffer): Promise<void> {
    assertHeaders(this.#options.head.headers);
    await output.sink.write(body);
    await finishOutput(output);
    if (!this.#isOver) this.#writeWhole(body);
  }

  #writeWhole(body: Uint8Array): void {
    const { head, request } = this.#options;
    const { declaredBytes } = head;
    const length = request.method === 'HEAD' && declaredBytes !== null ? declaredBytes : body.length;
    if (this.#mayDeclare) head.headers.push('content-length', String(length));
    this.#writeHead();
    this.#endResponse(this.#hasContent ? body : NO_BYTES);
  }

  /** Throws `invalid-response` when the function's headers are not HTTP; then nothing was written. */
  #writeHead(): void {
    const { head, request, response, mustClose } = this.#options;
    this.#closes = leavesBodyUnread(request);
    if (this.#closes || mustClose) head.headers.push('connection', 'close');
    try {
      response.writeHead(head.status, head.headers);
    } catch (error) {
      assertHeaders(head.headers);
      throw error;
    }
  }

  /** A 204 has no length, and that of a 304 would be another response's. */
  get #mayDeclare(): boolean {
    return !NO_CONTENT.has(this.#options.head.status);
  }

  #pass(chunk: Buffer): void {
    const { head, response, output } = this.#options;
    this.#sent += chunk.length;
    if (head.declaredBytes !== null && this.#sent > head.declaredBytes)
      return this.#break(wrongLength(head, this.#sent));
    const kept = output?.sink.write(chunk) ?? null;
    const hasRoom = !this.#hasContent || response.write(chunk);
    if (kept !== null || !hasRoom) this.#wait(kept, hasRoom ? null : this.#drained());
  }

  #wait(kept: Promise<void> | null, drained: Promise<void> | null): void {
    this.#isWaiting = true;
    Promise.all([kept, drained]).then(
      () => {
        this.#isWaiting = false;
        this.pump();
      },
      (error: unknown) => this.#break(error),
    );
  }

  /** Never settles when the client goes away; then nobody waits for it any more either. */
  async #drained(): Promise<void> {
    this.#blockedSince = performance.now();
    this.#options.onBlocked();
    await new Promise<void>((resolve) => this.#options.response.once('drain', () => resolve()));
    this.#blockedSince = null;
  }

  #finish(): void {
    const { head, output } = this.#options;
    if (head.declaredBytes !== null && this.#hasContent && this.#sent !== head.declaredBytes) {
      return this.#break(wrongLength(head, this.#sent));
    }
    this.#isWaiting = true;
    if (output === null) return this.#endResponse(NO_BYTES);
    finishOutput(output).then(
      () => this.#endResponse(NO_BYTES),
      (error: unknown) => this.#break(error),
    );
  }

  /** `body` may be a view: it is copied. */
  #endResponse(body: Uint8Array): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { request, response, onBlocked } = this.#options;
    if (this.#closes) endThenClose(request, response, Buffer.from(body));
    else if (body.length === 0) response.end();
    else if (body.length <= ONE_WRITE_BYTES) response.end(latin1Text(body), 'latin1');
    else response.end(Buffer.from(body));
    if (response.writableLength === 0) return;
    this.#blockedSince = performance.now();
    response.once('finish', () => (this.#blockedSince = null));
    onBlocked();
  }

  #break(error: unknown): void {
    this.discard();
    if (this.#options.response.headersSent) this.#options.response.destroy();
    this.#options.onBroken(error);
  }
}

async function finishOutput(output: AnswerOutput): Promise<void> {
  await output.sink.finish({ ...output.end, endedAt: new Date().toISOString() });
}

function latin1Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function wrongLength(head: AnswerHead, sent: number): SovfnError {
  const declared = `the function declared a Content-Length of ${head.declaredBytes ?? 0}`;
  return new SovfnError('invalid-response', `${declared} and sent ${sent} bytes`);
}

/** Throws `invalid-response`, naming the first header that HTTP does not allow. */
function assertHeaders(flat: readonly string[]): void {
  for (let i = 0; i + 1 < flat.length; i += 2) {
    try {
      validateHeaderName(flat[i]!);
      validateHeaderValue(flat[i]!, flat[i + 1]!);
    } catch (cause) {
      const name = JSON.stringify(flat[i]!.slice(0, 100));
      throw new SovfnError(
        'invalid-response',
        `the function answered with the header ${name}, which HTTP does not allow`,
        {
          cause,
          hint: 'Names are letters, digits and -; values hold no control characters.',
        },
      );
    }
  }
}
