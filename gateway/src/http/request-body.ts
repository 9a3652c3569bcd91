import type { IncomingMessage } from 'node:http';
import { INLINE_BODY_BYTES } from '@sovfn/protocol';
import type { CallerResponse } from './caller.ts';
import { allowBody } from './respond.ts';

/** What the reader of a body hears: `onBodyStart` once, then `onBodyPiece` and `onBodyEnd` if there was more; or `onBodyTooLarge`. */
export interface BodyListener {
  /** The whole body, or when `hasMore` its first INLINE_BODY_BYTES, or less after `passStart()`. */
  onBodyStart(bytes: Buffer, hasMore: boolean): void;
  /** False: nothing is read until `resume()`. */
  onBodyPiece(bytes: Buffer): boolean;
  onBodyEnd(): void;
  /** Reading has stopped. `measured`: bytes declared, or read so far. */
  onBodyTooLarge(measured: number): void;
}

/**
 * Reads the body of a request against its limit: a declared length over it is refused before anything is read; what is
 * not declared, or declared wrongly, is counted. Keeps at most INLINE_BODY_BYTES and one piece of the socket's.
 */
export class RequestBody {
  readonly #request: IncomingMessage;
  readonly #response: CallerResponse;
  readonly #limit: number;
  readonly #listener: BodyListener;
  #first: Buffer[] | null = [];
  #bytes = 0;
  #isStopped = false;
  #lastReadAt = performance.now();

  constructor(request: IncomingMessage, response: CallerResponse, limit: number, listener: BodyListener) {
    this.#request = request;
    this.#response = response;
    this.#limit = limit;
    this.#listener = listener;
  }

  /** Everything was read, or nobody wants the rest. */
  get isOver(): boolean {
    return this.#isStopped || this.#request.complete;
  }

  /** When bytes came last, or when reading went on last, on the clock of `performance.now()`. */
  get lastReadAt(): number {
    return this.#lastReadAt;
  }

  get isPaused(): boolean {
    return this.#request.isPaused();
  }

  start(): void {
    const declared = Number(this.#request.headers['content-length'] ?? 0);
    if (declared > this.#limit) return this.#refuse(declared);
    allowBody(this.#request, this.#response);
    this.#request.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#request.on('end', () => this.#onEnd());
  }

  /** The start need not be whole: what has come of it is passed on now. Nothing is done when it has been. */
  passStart(): void {
    if (this.#first !== null && !this.#isStopped) this.#passFirst(this.#first);
  }

  resume(): void {
    if (this.#isStopped) return;
    this.#lastReadAt = performance.now();
    this.#request.resume();
  }

  /** Nobody wants the rest: what still comes is thrown away. */
  stop(): void {
    this.#isStopped = true;
    this.#first = null;
    if (this.#request.isPaused()) this.#request.resume();
  }

  #onData(chunk: Buffer): void {
    if (this.#isStopped) return;
    this.#lastReadAt = performance.now();
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limit) return this.#refuse(this.#bytes);
    if (this.#first === null) this.#pass(chunk);
    else {
      this.#first.push(chunk);
      if (this.#bytes > INLINE_BODY_BYTES) this.#passFirst(this.#first);
    }
  }

  #passFirst(pieces: readonly Buffer[]): void {
    const bytes = Buffer.concat(pieces);
    this.#first = null;
    this.#listener.onBodyStart(bytes.subarray(0, INLINE_BODY_BYTES), true);
    if (bytes.length > INLINE_BODY_BYTES) this.#pass(bytes.subarray(INLINE_BODY_BYTES));
  }

  #pass(bytes: Buffer): void {
    if (this.#isStopped) return;
    if (!this.#listener.onBodyPiece(bytes)) this.#request.pause();
  }

  #onEnd(): void {
    if (this.#isStopped) return;
    const first = this.#first;
    this.#first = null;
    if (first === null) this.#listener.onBodyEnd();
    else this.#listener.onBodyStart(first.length === 1 ? first[0]! : Buffer.concat(first), false);
  }

  #refuse(measured: number): void {
    this.#isStopped = true;
    this.#first = null;
    this.#request.pause();
    this.#listener.onBodyTooLarge(measured);
  }
}
