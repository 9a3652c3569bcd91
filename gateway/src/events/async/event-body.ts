/**
 * Reads the body of a request that becomes an event: one that fits into the event's message is kept in memory; a larger
 * one goes to the object store while it comes. Memory is bounded by the room for all of them. Hostile: all bytes, and
 * their speed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { EVENT_INLINE_BYTES, functionKey, SovfnError } from '@sovfn/protocol';
import type { BodyRoom } from '../../http/body-room.ts';
import { type BodyListener, RequestBody } from '../../http/request-body.ts';
import type { DeployedFunction } from '../../routes/deployed-functions.ts';
import { addressOf } from '../accept/accepted-event.ts';
import type { EventBodies, StoredBody } from '../accept/event-bodies.ts';
import { PieceQueue } from './piece-queue.ts';

export interface EventBodyOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly to: DeployedFunction;
  readonly room: BodyRoom;
  readonly bodies: EventBodies;
  readonly newEvent: () => string;
}

const MIB = 1024 * 1024;

export class EventBody implements BodyListener {
  readonly #options: EventBodyOptions;
  readonly #body: RequestBody;
  /** In the room. */
  readonly #owner: string;
  readonly #whole = Promise.withResolvers<Buffer>();
  readonly #queue: PieceQueue | null;
  #pieces: Buffer[] = [];
  /** Of the room. */
  #taken = 0;

  constructor(options: EventBodyOptions) {
    const { request, response, to } = options;
    this.#options = options;
    this.#owner = functionKey(to.target.tenant, to.name);
    this.#body = new RequestBody(request, response, to.bodyBytes, this);
    const declared = Number(request.headers['content-length'] ?? 0);
    this.#queue = declared > EVENT_INLINE_BYTES ? new PieceQueue(() => this.#body.resume()) : null;
  }

  /** When bytes came last; null when no more are expected of the client now. On the clock of `performance.now()`. */
  get waitsSince(): number | null {
    return this.#body.isOver || this.#body.isPaused ? null : this.#body.lastReadAt;
  }

  /** It has to come within a time: it is kept in memory meanwhile. */
  get isKept(): boolean {
    return this.#queue === null;
  }

  /** The bytes are no longer in use. */
  free(): void {
    this.#options.room.free(this.#owner, this.#taken);
    this.#taken = 0;
  }

  /** `free` must follow. Throws `body-too-large`, `length-required`, `load-shed`, what `fail` was given, or why the store did not take it. To be called once. */
  async read(): Promise<Buffer | StoredBody> {
    const { to, bodies, newEvent, request } = this.#options;
    this.#body.start();
    if (this.#queue === null) return this.#whole.promise;
    const event = newEvent();
    const bytes = Number(request.headers['content-length']);
    try {
      const source = this.#queue.pieces();
      const reference = await bodies.putStream(addressOf(to), event, { bytes, source });
      return { event, reference };
    } catch (error) {
      this.#body.stop();
      throw error;
    }
  }

  /** Ends the reading: nobody wants the rest, or the client is gone. */
  fail(error: Error): void {
    this.#body.stop();
    this.#pieces = [];
    if (this.#queue === null) this.#whole.reject(error);
    else this.#queue.fail(error);
  }

  onBodyStart(bytes: Buffer, hasMore: boolean): void {
    this.onBodyPiece(bytes);
    if (!hasMore) this.onBodyEnd();
  }

  onBodyPiece(bytes: Buffer): boolean {
    if (this.#queue !== null) return this.#queue.push(bytes);
    if (this.#taken + bytes.length > EVENT_INLINE_BYTES) this.fail(lengthRequired());
    else this.#keep(bytes);
    return true;
  }

  #keep(bytes: Buffer): void {
    try {
      this.#options.room.take(this.#owner, bytes.length);
    } catch (error) {
      return this.fail(error as Error);
    }
    this.#taken += bytes.length;
    this.#pieces.push(bytes);
  }

  onBodyEnd(): void {
    if (this.#queue === null) this.#whole.resolve(Buffer.concat(this.#pieces));
    else this.#queue.end();
  }

  onBodyTooLarge(measured: number): void {
    const { name, bodyBytes } = this.#options.to;
    const message = `the request body has at least ${measured} bytes; "${name}" takes at most ${bodyBytes}`;
    const facts = { limit: 'bodyMb', limitValue: bodyBytes / MIB, measured: measured / MIB };
    this.fail(new SovfnError('body-too-large', message, { hint: 'Raise limits.bodyMb in sovfn.jsonc.', facts }));
  }
}

function lengthRequired(): SovfnError {
  const message = `the body of an asynchronous call has more than ${EVENT_INLINE_BYTES} bytes and does not say how many`;
  return new SovfnError('length-required', message, { hint: 'Send a Content-Length header.' });
}
