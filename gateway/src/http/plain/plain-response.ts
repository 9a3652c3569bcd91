/**
 * The answer to a plain request, as far as Node's ServerResponse is used by exchanges. Guarantees: a head is written once,
 * and only when every name and value in it is one (RFC 9110, section 5), so that a function cannot split an answer; a body
 * has the declared length or is sent in chunks (RFC 9112, section 7.1). Hostile: the function's headers.
 */
import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import type { Socket } from 'node:net';
import { NOT_IN_HEADER_VALUE } from '../header-names.ts';

export type ResponseEvent = 'close' | 'drain' | 'finish';

export interface PlainResponseOptions {
  readonly socket: Socket;
  readonly isHead: boolean;
  /** What the head says about the connection when it is kept; null: it is not. */
  readonly keepAlive: string | null;
  /** Everything was written, or the connection is gone. `isKept`: the connection can be used again. */
  readonly onOver: (isKept: boolean) => void;
}

const NO_BYTES = Buffer.alloc(0);
const NO_CONTENT: ReadonlySet<number> = new Set([204, 304]);
const LAST_CHUNK = '0\r\n\r\n';
const LINE_END = '\r\n';
const SEPARATOR = ': ';
const KNOWN_NAMES = 1_000;
const KNOWN_LINE_LENGTH = 128;
/** Of other values, one in so many takes the place of what is kept: most of what changes does so each time. */
const MOST_OTHERS = 16;
const SECOND_MS = 1_000;

/** A header that was found to be one, and its line. */
interface KnownHeader {
  value: string;
  line: string;
  /** Values that differed since it was kept. */
  others: number;
}

/** By name. Bounded: functions choose them. NOTE: most headers of an answer are those of the one before. */
const known = new Map<string, KnownHeader>();

export class PlainResponse {
  readonly #options: PlainResponseOptions;
  readonly #listeners: Record<ResponseEvent, (() => void) | null> = { close: null, drain: null, finish: null };
  /** Not written yet. */
  #head: string | null = null;
  #headersSent = false;
  #isChunked = false;
  #hasBody = true;
  #isKept: boolean;
  #isEnded = false;
  #isOver = false;

  constructor(options: PlainResponseOptions) {
    this.#options = options;
    this.#isKept = options.keepAlive !== null;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  /** Bytes that the connection has not taken yet. */
  get writableLength(): number {
    return this.#options.socket.writableLength;
  }

  /** One listener for each event at a time. */
  once(event: ResponseEvent, listener: () => void): this {
    this.#listeners[event] = listener;
    return this;
  }

  /** `flat`: `[name, value, …]`. Throws TypeError for what HTTP does not allow; then nothing was written. */
  writeHead(status: number, flat: readonly string[]): this {
    let lines = '';
    let isDated = false;
    let hasLength = false;
    let saysConnection = false;
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const name = flat[i]!;
      const value = flat[i + 1]!;
      lines += headerLine(name, value);
      if (name === 'content-length') hasLength = true;
      else if (name === 'date') isDated = true;
      else if (name === 'connection') saysConnection = true;
    }
    this.#hasBody = !this.#options.isHead && !NO_CONTENT.has(status);
    this.#isChunked = this.#hasBody && !hasLength;
    if (!isDated) lines += `Date: ${httpDate()}\r\n`;
    // Only its end is ever said.
    if (saysConnection) this.#isKept = false;
    else lines += this.#options.keepAlive ?? 'Connection: close\r\n';
    if (this.#isChunked) lines += 'Transfer-Encoding: chunked\r\n';
    this.#head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${lines}\r\n`;
    this.#headersSent = true;
    return this;
  }

  flushHeaders(): void {
    if (this.#head === null) return;
    this.#options.socket.write(this.#head, 'latin1');
    this.#head = null;
  }

  /** False: the connection needs time, and `drain` follows. */
  write(chunk: Buffer): boolean {
    if (this.#isOver || !this.#hasBody || chunk.length === 0) return true;
    const { socket } = this.#options;
    socket.cork();
    this.flushHeaders();
    if (this.#isChunked) socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    let hasRoom = socket.write(chunk);
    if (this.#isChunked) hasRoom = socket.write(LINE_END, 'latin1');
    socket.uncork();
    return hasRoom;
  }

  /** With the rest of the body, if there is any; a text is latin1. */
  end(rest: Buffer | string = NO_BYTES, _encoding: 'latin1' = 'latin1'): this {
    if (this.#isOver || this.#isEnded) return this;
    this.#isEnded = true;
    this.#writeRest(this.#hasBody ? rest : NO_BYTES);
    const { socket } = this.#options;
    if (socket.writableLength === 0) this.#finish();
    else socket.write(NO_BYTES, (error) => (error ? this.onClosed() : this.#finish()));
    return this;
  }

  destroy(): this {
    this.#options.socket.destroy();
    return this;
  }

  /** For the connection: it has room again. */
  onDrain(): void {
    const drained = this.#listeners.drain;
    this.#listeners.drain = null;
    drained?.();
  }

  /** For the connection: it is closed. */
  onClosed(): void {
    this.#isKept = false;
    this.#end();
  }

  #writeRest(rest: Buffer | string): void {
    const { socket } = this.#options;
    if (!this.#isChunked && typeof rest === 'string') {
      socket.write((this.#head ?? '') + rest, 'latin1');
      this.#head = null;
      return;
    }
    socket.cork();
    if (rest.length > 0) {
      if (this.#isChunked) this.write(typeof rest === 'string' ? Buffer.from(rest, 'latin1') : rest);
      else {
        this.flushHeaders();
        socket.write(rest);
      }
    }
    this.flushHeaders();
    if (this.#isChunked) socket.write(LAST_CHUNK, 'latin1');
    socket.uncork();
  }

  #finish(): void {
    const finished = this.#listeners.finish;
    this.#listeners.finish = null;
    finished?.();
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const closed = this.#listeners.close;
    this.#listeners.close = null;
    closed?.();
    this.#options.onOver(this.#isKept);
  }
}

/** Throws TypeError for what is no header. */
function headerLine(name: string, value: string): string {
  const header = known.get(name);
  if (header?.value === value) return header.line;
  if (header === undefined) validateHeaderName(name);
  if (NOT_IN_HEADER_VALUE.test(value)) validateHeaderValue(name, value);
  const line = `${name}${SEPARATOR}${value}${LINE_END}`;
  if (line.length <= KNOWN_LINE_LENGTH) note(name, header, line);
  return line;
}

function note(name: string, header: KnownHeader | undefined, line: string): void {
  if (header === undefined ? known.size >= KNOWN_NAMES : ++header.others < MOST_OTHERS) return;
  // A copy: what is cut out of a text keeps all of it, here the headers of a whole answer.
  const own = Buffer.from(line, 'latin1').latin1Slice();
  const value = own.slice(name.length + SEPARATOR.length, -LINE_END.length);
  // V8 has names of properties once, and compares them by their place: most names that come are such.
  const [key] = Object.keys({ [own.slice(0, name.length)]: null });
  known.set(key!, { value, line: own, others: 0 });
}

let date = '';
let dateUntil = 0;

/** Of this second. */
function httpDate(): string {
  const now = Date.now();
  if (now < dateUntil) return date;
  date = new Date(now).toUTCString();
  dateUntil = now - (now % SECOND_MS) + SECOND_MS;
  return date;
}
