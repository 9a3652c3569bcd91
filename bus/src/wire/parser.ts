/**
 * Reads the NATS client protocol from a byte stream: MSG, HMSG, INFO, PING, PONG, +OK, -ERR.
 *
 * Guarantees: each operation is handed on whole and in order, however the bytes were cut; bytes of a message that is
 * still incomplete are joined once, so a large message costs linear time. Hostile input: a line over LINE_BYTES, an
 * unknown operation or a message over MESSAGE_LIMIT throws, and the connection must then be closed.
 */
import type {} from '@sovfn/protocol/latin1';

export interface WireHandler {
  /** `payload` is a view of the received bytes. `noResponders`: the server's 503 to a publish that nobody subscribes to. */
  onMessage(sid: number, payload: Buffer, subject: string, reply: string, noResponders: boolean): void;
  onInfo(json: string): void;
  onPing(): void;
  onPong(): void;
  onError(text: string): void;
}

const LINE_BYTES = 64 * 1024;
const MESSAGE_LIMIT = 64 * 1024 * 1024;
const NO_RESPONDERS = 'NATS/1.0 503';
const CR = 0x0d;
const LETTER = { H: 0x48, I: 0x49, M: 0x4d, P: 0x50, plus: 0x2b, minus: 0x2d, O: 0x4f } as const;
const NO_BYTES = Buffer.alloc(0);

export class WireParser {
  readonly #handler: WireHandler;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Bytes that must be there before parsing can go on: the rest of a message of known size. */
  #neededBytes = 0;

  constructor(handler: WireHandler) {
    this.#handler = handler;
  }

  push(chunk: Buffer): void {
    const bytes = this.#join(chunk);
    if (bytes !== null) this.#keepRest(bytes, this.#parse(bytes));
  }

  #join(chunk: Buffer): Buffer | null {
    if (this.#waitingBytes === 0) return chunk;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes < this.#neededBytes) return null;
    const bytes = Buffer.concat(this.#waiting, this.#waitingBytes);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return bytes;
  }

  #keepRest(bytes: Buffer, from: number): void {
    if (from >= bytes.length) return;
    this.#waiting = [from === 0 ? bytes : bytes.subarray(from)];
    this.#waitingBytes = bytes.length - from;
  }

  /** Parses operations until one is incomplete; returns where that one starts. */
  #parse(bytes: Buffer): number {
    this.#neededBytes = 0;
    let at = 0;
    while (at < bytes.length) {
      const lineEnd = bytes.indexOf(CR, at);
      if (lineEnd < 0 || lineEnd + 1 >= bytes.length) {
        if (bytes.length - at > LINE_BYTES) throw new Error(`a protocol line has more than ${LINE_BYTES} bytes`);
        return at;
      }
      const next = this.#operation(bytes, at, lineEnd);
      if (next < 0) {
        this.#neededBytes = -next - at;
        return at;
      }
      at = next;
    }
    return at;
  }

  /** Handles the operation at `at`; returns the position behind it, or minus the position it will end at. */
  #operation(bytes: Buffer, at: number, lineEnd: number): number {
    const afterLine = lineEnd + 2;
    switch (bytes[at]) {
      case LETTER.M:
        return this.#message(bytes, bytes.latin1Slice(at + 4, lineEnd), afterLine, false);
      case LETTER.H:
        return this.#message(bytes, bytes.latin1Slice(at + 5, lineEnd), afterLine, true);
      case LETTER.P:
        if (bytes[at + 1] === LETTER.O) this.#handler.onPong();
        else this.#handler.onPing();
        return afterLine;
      case LETTER.I:
        this.#handler.onInfo(bytes.toString('utf8', at + 5, lineEnd));
        return afterLine;
      case LETTER.minus:
        this.#handler.onError(bytes.latin1Slice(at + 5, lineEnd).replaceAll("'", ''));
        return afterLine;
      case LETTER.plus:
        return afterLine;
      default:
        throw new Error(`unknown protocol operation "${bytes.latin1Slice(at, Math.min(lineEnd, at + 16))}"`);
    }
  }

  /** `line`: `subject sid [reply] bytes`, or with headers `subject sid [reply] headerBytes bytes`. */
  #message(bytes: Buffer, line: string, start: number, hasHeaders: boolean): number {
    const subjectEnd = line.indexOf(' ');
    const sidEnd = line.indexOf(' ', subjectEnd + 1);
    const sizeAt = line.lastIndexOf(' ') + 1;
    const size = Number(line.slice(sizeAt));
    if (!(size >= 0 && size <= MESSAGE_LIMIT) || sidEnd < 0)
      throw new Error(`malformed message line "${line.slice(0, 64)}"`);
    const end = start + size;
    if (end + 2 > bytes.length) return -(end + 2);
    const subject = line.slice(0, subjectEnd);
    const sid = Number(line.slice(subjectEnd + 1, sidEnd));
    let reply = sidEnd + 1 < sizeAt ? line.slice(sidEnd + 1, sizeAt - 1) : '';
    if (!hasHeaders) {
      this.#handler.onMessage(sid, size === 0 ? NO_BYTES : bytes.subarray(start, end), subject, reply, false);
      return end + 2;
    }
    const headerSizeAt = reply.lastIndexOf(' ') + 1;
    const headerSize = Number(reply.slice(headerSizeAt));
    reply = reply.slice(0, Math.max(0, headerSizeAt - 1));
    const noResponders = bytes.latin1Slice(start, start + NO_RESPONDERS.length) === NO_RESPONDERS;
    this.#handler.onMessage(sid, bytes.subarray(start + headerSize, end), subject, reply, noResponders);
    return end + 2;
  }
}
