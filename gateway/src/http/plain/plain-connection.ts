import type { Socket } from 'node:net';
import type { PlainHandler } from './plain-connections.ts';
import { PlainRequest } from './plain-request.ts';
import { PlainResponse } from './plain-response.ts';
import { readPlainHead } from './read-head.ts';

export interface PlainConnectionOptions {
  readonly handle: PlainHandler;
  readonly keepAlive: string;
  /** No connection is kept any more. */
  readonly isStopping: () => boolean;
  /** It is closed, or somebody else's. */
  readonly onGone: () => void;
  /** Gives the socket to Node's server, which reads `bytes` first. */
  readonly passOn: (bytes: Buffer) => void;
}

const HEAD_END = '\r\n\r\n';
/** A longer head is Node's, and so is a request with more bytes than one or two reads of a socket. */
const PLAIN_HEAD_BYTES = 8 * 1024;
const PLAIN_BYTES = 128 * 1024;
/** A request that is not whole by then is Node's, with all of Node's limits for it. */
const WHOLE_MS = 1_000;

/** Of Node's own, and so old that much depends on it. */
interface ReadingAhead {
  readonly _readableState: { readingMore: boolean };
}

/** One connection: at most one request of it is under way. */
export class PlainConnection {
  readonly #socket: Socket;
  readonly #options: PlainConnectionOptions;
  /** What was read and is of no request yet. */
  #bytes: Buffer | null = null;
  #response: PlainResponse | null = null;
  #hasServed = false;
  #idleSince = performance.now();

  constructor(socket: Socket, options: PlainConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', this.#onData).on('end', this.#onEnd).on('drain', this.#onDrain).on('close', this.#onClose);
    socket.on('error', ignore);
    setReadingMore(socket, true);
  }

  /** Is a request under way? */
  get isBusy(): boolean {
    return this.#response !== null;
  }

  get hasServed(): boolean {
    return this.#hasServed;
  }

  /** When it began to wait for its next request, on the clock of `performance.now()`. */
  get idleSince(): number {
    return this.#idleSince;
  }

  /** Gives a request away that does not get whole. True: it has begun. */
  passOnIfLate(idleMs: number): boolean {
    if (this.#bytes === null) return false;
    if (idleMs >= WHOLE_MS) this.#passOn(this.#bytes);
    return true;
  }

  endIfIdle(): void {
    if (this.#response === null && this.#bytes === null) this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Somebody else writes the last bytes to the socket. */
  leave(): Socket {
    this.#socket.off('data', this.#onData).off('end', this.#onEnd).off('drain', this.#onDrain);
    this.#socket.off('close', this.#onClose);
    setReadingMore(this.#socket, false);
    this.#options.onGone();
    return this.#socket;
  }

  readonly #onData = (read: Buffer): void => {
    const before = this.#bytes;
    this.#bytes = null;
    const bytes = before === null ? read : Buffer.concat([before, read]);
    if (this.#response === null) return this.#take(bytes, before === null);
    // The next request came early: it waits, and what follows it waits in the socket.
    this.#bytes = bytes;
    this.#socket.pause();
  };

  /** As Node's server does: who ends its side does not wait for an answer. */
  readonly #onEnd = (): void => void this.#socket.end();

  readonly #onDrain = (): void => this.#response?.onDrain();

  readonly #onClose = (): void => {
    this.#options.onGone();
    this.#response?.onClosed();
  };

  #take(bytes: Buffer, isFirstRead: boolean): void {
    const headEnd = bytes.indexOf(HEAD_END);
    const isShort = headEnd >= 0 && headEnd <= PLAIN_HEAD_BYTES;
    const head = isShort ? readPlainHead(bytes.latin1Slice(0, headEnd + HEAD_END.length / 2)) : null;
    if (head === null) return this.#passOn(bytes);
    const bodyAt = headEnd + HEAD_END.length;
    const missing = bodyAt + head.bodyBytes - bytes.length;
    if (missing < 0 || missing + bytes.length > PLAIN_BYTES || (missing > 0 && !isFirstRead))
      return this.#passOn(bytes);
    if (missing > 0) {
      this.#bytes = bytes;
      this.#idleSince = performance.now();
      return;
    }
    const { handle } = this.#options;
    const isHead = head.method === 'HEAD';
    const keepAlive = head.closes ? null : this.#options.keepAlive;
    const response = new PlainResponse({ socket: this.#socket, isHead, keepAlive, onOver: this.#onOver });
    this.#response = response;
    if (handle(new PlainRequest(head, bytes.subarray(bodyAt), this.#socket), response)) return;
    this.#response = null;
    this.#passOn(bytes);
  }

  readonly #onOver = (isKept: boolean): void => {
    this.#response = null;
    this.#hasServed = true;
    this.#idleSince = performance.now();
    if (this.#socket.destroyed) return;
    if (!isKept || this.#options.isStopping()) return void this.#socket.destroySoon();
    const bytes = this.#bytes;
    if (bytes === null) return;
    this.#bytes = null;
    this.#socket.resume();
    this.#take(bytes, true);
  };

  #passOn(bytes: Buffer): void {
    this.#bytes = null;
    this.leave().off('error', ignore);
    this.#options.passOn(bytes);
  }
}

/**
 * After each read Node's streams look in a tick of its own whether there is room for another, which on a socket that is being read
 * changes nothing: a tenth of all instructions of a call. One that believes that such a look is under way does not begin another.
 */
function setReadingMore(socket: Socket, isReadingMore: boolean): void {
  (socket as unknown as ReadingAhead)._readableState.readingMore = isReadingMore;
}

/** `close` follows. */
function ignore(): void {}
