/**
 * A body that comes from the host, of a streamed request or of an answer to an ask: first bytes that came with its head,
 * then piece by piece on demand. One read at a time; the end and a failure are remembered.
 */
import { host } from '../core/host.guest.ts';
import { failOperation, startOperation } from '../core/pending-operations.guest.ts';
import { type Bytes, joinBytes } from '../core/bytes.guest.ts';

/** Where the pieces come from. */
export interface UploadSource {
  /** Has the next piece delivered to `operation`. */
  readonly read: (call: number, operation: number) => void;
  readonly cancel: (call: number) => void;
}

const CALL_BODY: UploadSource = {
  read: (call, operation) => host.readBody(call, operation),
  cancel: (call) => host.cancelBody(call),
};

export class Upload {
  /** Called when the last piece has been read. */
  onEnd: () => void = () => undefined;
  readonly #call: number;
  readonly #source: UploadSource;
  #first: ArrayBuffer | undefined;
  #isAtEnd = false;
  #failure: { readonly reason: unknown } | null = null;
  #operation = 0;

  constructor(call: number, first: ArrayBuffer | undefined, source: UploadSource = CALL_BODY) {
    this.#call = call;
    this.#first = first;
    this.#source = source;
  }

  /** The next bytes, or null at the end. */
  async read(): Promise<Bytes | null> {
    if (this.#failure !== null) throw this.#failure.reason;
    if (this.#isAtEnd) return null;
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && first.byteLength > 0) return new Uint8Array(first);
    const piece = await startOperation(this.#call, (operation) => {
      this.#operation = operation;
      this.#source.read(this.#call, operation);
    });
    if (piece !== undefined) return new Uint8Array(piece as ArrayBuffer);
    this.#isAtEnd = true;
    this.onEnd();
    return null;
  }

  async readAll(): Promise<Bytes> {
    const pieces: Bytes[] = [];
    let size = 0;
    for (let piece = await this.read(); piece !== null; piece = await this.read()) {
      pieces.push(piece);
      size += piece.length;
    }
    return pieces.length === 1 ? pieces[0]! : joinBytes(pieces, size);
  }

  /** The rest is not wanted. */
  cancel(): void {
    if (this.#isAtEnd) return;
    this.#isAtEnd = true;
    this.#first = undefined;
    this.#source.cancel(this.#call);
  }

  /** Whoever reads, now or later, gets `reason`. */
  fail(reason: unknown): void {
    if (this.#isAtEnd) return;
    this.#failure = { reason };
    this.cancel();
    failOperation(this.#call, this.#operation, reason);
  }
}
