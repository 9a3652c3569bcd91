/** Reads the body of a delivery whole, against the function's limit and the room for all of them. Hostile: all of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { functionKey, SovfnError } from '@sovfn/protocol';
import type { BodyRoom } from '../http/body-room.ts';
import { type BodyListener, RequestBody } from '../http/request-body.ts';
import { hasBody } from '../http/respond.ts';
import type { DeployedFunction } from '../routes/deployed-functions.ts';

export interface DeliveryBodyOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly to: DeployedFunction;
  readonly room: BodyRoom;
}

const MIB = 1024 * 1024;

export class DeliveryBody implements BodyListener {
  readonly #options: DeliveryBodyOptions;
  readonly #body: RequestBody;
  /** In the room. */
  readonly #owner: string;
  readonly #whole = Promise.withResolvers<Buffer>();
  #pieces: Buffer[] = [];
  #taken = 0;

  constructor(options: DeliveryBodyOptions) {
    const { request, response, to } = options;
    this.#options = options;
    this.#owner = functionKey(to.target.tenant, to.name);
    this.#body = new RequestBody(request, response, to.bodyBytes, this);
    // A delivery that is refused at once is not read; then nobody waits.
    this.#whole.promise.catch(() => undefined);
  }

  /** Throws `body-too-large`, `load-shed`, or what `fail` was given. To be called once; `free` must follow. */
  async read(): Promise<Buffer> {
    if (hasBody(this.#options.request)) this.#body.start();
    else this.onBodyEnd();
    return this.#whole.promise;
  }

  /** When bytes came last, on the clock of `performance.now()`; null: no more are expected. */
  get waitsSince(): number | null {
    return this.#body.isOver ? null : this.#body.lastReadAt;
  }

  /** Ends the reading: nobody wants the rest. */
  fail(error: unknown): void {
    this.#body.stop();
    this.#pieces = [];
    this.#whole.reject(error);
  }

  /** The bytes are no longer in use. */
  free(): void {
    this.#options.room.free(this.#owner, this.#taken);
    this.#taken = 0;
  }

  onBodyStart(bytes: Buffer, hasMore: boolean): void {
    const isTaken = this.onBodyPiece(bytes);
    if (isTaken && !hasMore) this.onBodyEnd();
  }

  onBodyPiece(bytes: Buffer): boolean {
    try {
      this.#options.room.take(this.#owner, bytes.length);
    } catch (error) {
      this.fail(error);
      return false;
    }
    this.#taken += bytes.length;
    this.#pieces.push(bytes);
    return true;
  }

  onBodyEnd(): void {
    this.#whole.resolve(this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces));
    this.#pieces = [];
  }

  onBodyTooLarge(measured: number): void {
    const { name, bodyBytes } = this.#options.to;
    const message = `the delivery has at least ${measured} bytes; "${name}" takes at most ${bodyBytes}`;
    const facts = { limit: 'bodyMb', limitValue: bodyBytes / MIB, measured: measured / MIB };
    this.fail(new SovfnError('body-too-large', message, { hint: 'Raise limits.bodyMb in sovfn.jsonc.', facts }));
  }
}
