import type { Socket } from 'node:net';
import type {} from '@sovfn/protocol/latin1';

/**
 * What is written to a NATS socket, gathered during one turn of the event loop and written at its end by one system
 * call: measured, the write per publish cost more than all other work of a call. Nothing waits longer than the turn.
 */
const BUFFER_BYTES = 64 * 1024;
/** Larger payloads are not copied into the buffer but written from where they are. */
const COPY_LIMIT = 16 * 1024;
const CRLF = Buffer.from('\r\n');

export class Outbox {
  readonly #socket: Socket;
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filled = 0;
  /** Full buffers and large payloads of this turn, in order, before what is in `#buffer`. */
  #ready: Buffer[] = [];
  #readyBytes = 0;
  #isScheduled = false;
  #lastWords: (() => void)[] = [];
  readonly #flush = (): void => this.flush();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that the operating system has not taken yet. */
  get pendingBytes(): number {
    return this.#readyBytes + this.#filled + this.#socket.writableLength;
  }

  /** Queues a line (latin1, with its line end). */
  line(text: string): void {
    this.#reserve(text.length);
    this.#filled += this.#buffer.latin1Write(text, this.#filled, text.length);
    this.#schedule();
  }

  /** Queues `line`, the payload, and the line end that closes a PUB. `payload` must not change before the turn ends. */
  publication(line: string, payload: Uint8Array): void {
    const isCopied = payload.length <= COPY_LIMIT;
    this.#reserve(line.length + (isCopied ? payload.length + 2 : 0));
    this.#filled += this.#buffer.latin1Write(line, this.#filled, line.length);
    if (isCopied) {
      this.#buffer.set(payload, this.#filled);
      this.#filled += payload.length;
      this.#buffer[this.#filled++] = 0x0d;
      this.#buffer[this.#filled++] = 0x0a;
    } else {
      this.#seal();
      this.#push(Buffer.from(payload.buffer, payload.byteOffset, payload.length));
      this.#push(CRLF);
    }
    this.#schedule();
  }

  /** `speak` queues what it has gathered, when all else of this turn is queued. */
  atTurnEnd(speak: () => void): void {
    this.#lastWords.push(speak);
    this.#schedule();
  }

  /** What was to be said at the end of the turn is said now. */
  hearLastWords(): void {
    if (this.#lastWords.length === 0) return;
    const all = this.#lastWords;
    this.#lastWords = [];
    for (const speak of all) speak();
  }

  flush(): void {
    this.hearLastWords();
    this.#isScheduled = false;
    if (this.#socket.destroyed) {
      this.#ready = [];
      this.#readyBytes = this.#filled = 0;
      return;
    }
    if (this.#ready.length === 0) this.#writeBuffer();
    else this.#writeAll();
  }

  /** One buffer: written as it is, and used again when the operating system took it at once. */
  #writeBuffer(): void {
    if (this.#filled === 0) return;
    this.#socket.write(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
    if (this.#socket.writableLength > 0) this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  #writeAll(): void {
    this.#seal();
    this.#socket.cork();
    for (const bytes of this.#ready) this.#socket.write(bytes);
    this.#socket.uncork();
    this.#ready = [];
    this.#readyBytes = 0;
  }

  #reserve(bytes: number): void {
    if (this.#filled + bytes <= this.#buffer.length) return;
    this.#seal();
    if (bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(bytes);
  }

  /** Moves what is in the buffer behind the ready parts and starts a new buffer. */
  #seal(): void {
    if (this.#filled === 0) return;
    this.#push(this.#buffer.subarray(0, this.#filled));
    this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#filled = 0;
  }

  #push(bytes: Buffer): void {
    this.#ready.push(bytes);
    this.#readyBytes += bytes.length;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#flush);
  }
}
