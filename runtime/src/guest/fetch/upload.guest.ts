/**
 * The body of a streamed request, as it comes from the host: first bytes that came with the call, then piece by piece on
 * demand. One read at a time; the end and a failure are remembered.
 */
import { host } from '../core/host.guest.ts';
import { startOperation } from '../core/pending-operations.guest.ts';
import { type Bytes, joinBytes } from '../core/bytes.guest.ts';

export class Upload {
  readonly #call: number;
  #first: ArrayBuffer | undefined;
  #isAtEnd = false;

  constructor(call: number, first: ArrayBuffer | undefined) {
    this.#call = call;
    this.#first = first;
  }

  /** The next bytes, or null at the end. */
  async read(): Promise<Bytes | null> {
    if (this.#isAtEnd) return null;
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && first.byteLength > 0) return new Uint8Array(first);
    const piece = await startOperation(this.#call, (operation) => host.readBody(this.#call, operation));
    if (piece !== undefined) return new Uint8Array(piece as ArrayBuffer);
    this.#isAtEnd = true;
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
    host.cancelBody(this.#call);
  }
}
