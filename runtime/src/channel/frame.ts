/**
 * Framed messages over one stream: the transport of the channel between a supervisor and its cell.
 *
 *   0–3 bytes that follow   4–7 length of the head   8– head (JSON, UTF-8), then the tail (raw bytes)   numbers big-endian
 *
 * Guarantees: messages arrive whole, in order, checked against the schema; the channel reports its end exactly once,
 * with the reason. Does not guarantee: that what was sent before a close or the peer's death was read.
 * Hostile: every byte from the peer. A frame that breaks a rule closes the channel; memory for one inbound frame is
 * bounded by `maxFrameBytes`, that for what the peer was sent and does not read by `mostUnsentBytes`.
 */
import type { Duplex } from 'node:stream';
import { ProtocolError } from '@sovfn/protocol';
import type { z } from 'zod';

/** Largest frame that either side sends or takes. Bytes, without the four that say so. */
export const FRAME_BYTES = 64 * 1024 * 1024;

const LENGTH_BYTES = 4;
const PREFIX_BYTES = 8;
const NO_TAIL: readonly Uint8Array[] = [];

export interface ChannelOptions<In> {
  /** Schema of the heads that arrive. */
  readonly schema: z.ZodType<In>;
  /** `tail` is the receiver's to keep. A throw closes the channel with what was thrown. */
  readonly onMessage: (head: In, tail: Buffer) => void;
  /** Called once, asynchronously to the constructor. `null`: either side closed in order. */
  readonly onClosed: (reason: Error | null) => void;
  /** Largest inbound frame, at most and by default FRAME_BYTES. */
  readonly maxFrameBytes?: number;
  /**
   * While the peer has left more than this unread, nothing of it is delivered: what it asks for would pile up here. For a peer
   * that reads whatever it has written. Default: no limit. Bytes.
   */
  readonly mostUnsentBytes?: number;
}

/** Owns `stream` from construction on: nobody else reads, writes or destroys it. */
export class Channel<In, Out> {
  readonly #stream: Duplex;
  readonly #options: ChannelOptions<In>;
  readonly #frames: FrameReader;
  readonly #onDrained = new Set<() => void>();
  #isOpen = true;
  /** The peer has to read first. */
  #isHeldBack = false;

  constructor(stream: Duplex, options: ChannelOptions<In>) {
    this.#stream = stream;
    this.#options = options;
    this.#frames = new FrameReader(options.maxFrameBytes ?? FRAME_BYTES);
    stream.on('data', (bytes: Buffer) => this.#receive(bytes));
    stream.on('end', () => this.#finish(this.#frames.isBetweenFrames ? null : cutOff()));
    stream.on('error', (error) => this.#finish(error));
    stream.on('close', () => this.#finish(null));
    stream.on('drain', () => this.#onDrain());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Bytes that were sent and that the peer has not taken yet: a peer that does not read shows here. */
  get unsentBytes(): number {
    return this.#stream.writableLength;
  }

  /** The peer takes less than is sent: whoever can wait should, until `onceDrained`. */
  get isCongested(): boolean {
    return this.#isOpen && this.#stream.writableNeedDrain;
  }

  /** Calls back once, when the channel is no longer congested. Never, once it is closed. */
  onceDrained(callback: () => void): void {
    if (this.isCongested) this.#onDrained.add(callback);
    else queueMicrotask(callback);
  }

  /** Sends a message; on a closed channel it does nothing (`onClosed` has said so). Throws RangeError over FRAME_BYTES. */
  send(head: Out, tail: readonly Uint8Array[] = NO_TAIL): void {
    if (!this.#isOpen) return;
    const pieces = encodeFrame(head, tail);
    this.#stream.cork();
    for (const piece of pieces) this.#stream.write(piece);
    this.#stream.uncork();
  }

  /** Sends what is under way, then closes. Nothing that arrives afterwards is delivered. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stream.end(() => this.#stream.destroy());
    queueMicrotask(() => this.#options.onClosed(null));
  }

  #receive(bytes: Buffer): void {
    if (!this.#isOpen) return;
    this.#frames.push(bytes);
    this.#deliver();
  }

  #deliver(): void {
    try {
      while (this.#isOpen && !this.#holdBack()) {
        const frame = this.#frames.take();
        if (frame === null) return;
        const { head, tail } = decodeFrame(frame, this.#options.schema);
        this.#options.onMessage(head, tail);
      }
    } catch (error) {
      this.#finish(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** So many bytes are more than a stream takes without `drain`, which goes on. */
  #holdBack(): boolean {
    const { mostUnsentBytes = Infinity } = this.#options;
    this.#isHeldBack = this.isCongested && this.unsentBytes > mostUnsentBytes;
    if (this.#isHeldBack) this.#stream.pause();
    return this.#isHeldBack;
  }

  #onDrain(): void {
    this.#tellDrained();
    if (!this.#isHeldBack || !this.#isOpen) return;
    this.#deliver();
    if (!this.#isHeldBack) this.#stream.resume();
  }

  #tellDrained(): void {
    const waiting = [...this.#onDrained];
    this.#onDrained.clear();
    for (const callback of waiting) callback();
  }

  #finish(reason: Error | null): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stream.destroy();
    this.#options.onClosed(reason);
  }
}

/** Cuts a byte stream into frames. A frame in one piece is not copied; one in many pieces is copied once. */
export class FrameReader {
  readonly #maxFrameBytes: number;
  #pieces: Buffer[] = [];
  #buffered = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = Math.min(maxFrameBytes, FRAME_BYTES);
  }

  get isBetweenFrames(): boolean {
    return this.#buffered === 0;
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#buffered += bytes.length;
  }

  /** The next whole frame without its length, or null. Throws ProtocolError as soon as a length is out of bounds. */
  take(): Buffer | null {
    if (this.#buffered < LENGTH_BYTES) return null;
    if (this.#pieces[0]!.length < LENGTH_BYTES) this.#join();
    const end = LENGTH_BYTES + this.#checkedLength(this.#pieces[0]!.readUInt32BE(0));
    if (this.#buffered < end) return null;
    this.#join();
    const [all] = this.#pieces as [Buffer];
    this.#pieces = end === all.length ? [] : [all.subarray(end)];
    this.#buffered -= end;
    return all.subarray(LENGTH_BYTES, end);
  }

  #checkedLength(length: number): number {
    const least = PREFIX_BYTES - LENGTH_BYTES;
    if (length >= least && length <= this.#maxFrameBytes) return length;
    throw new ProtocolError(`a frame says it has ${length} bytes; ${least} to ${this.#maxFrameBytes} are allowed`);
  }

  #join(): void {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces, this.#buffered)];
  }
}

function encodeFrame(head: unknown, tail: readonly Uint8Array[]): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(head), 'utf8');
  const tailBytes = tail.reduce((sum, piece) => sum + piece.length, 0);
  const length = PREFIX_BYTES - LENGTH_BYTES + text.length + tailBytes;
  if (length > FRAME_BYTES) throw new RangeError(`a message has ${length} bytes; at most ${FRAME_BYTES} are allowed`);
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix.writeUInt32BE(length, 0);
  prefix.writeUInt32BE(text.length, LENGTH_BYTES);
  return [prefix, text, ...tail];
}

function decodeFrame<In>(frame: Buffer, schema: z.ZodType<In>): { head: In; tail: Buffer } {
  const headAt = PREFIX_BYTES - LENGTH_BYTES;
  const tailAt = headAt + frame.readUInt32BE(0);
  if (tailAt > frame.length) {
    throw new ProtocolError(`a frame of ${frame.length} bytes says its head has ${tailAt - headAt}`);
  }
  const head = schema.safeParse(parseJson(frame.toString('utf8', headAt, tailAt)));
  if (!head.success) throw new ProtocolError(`a message does not have an agreed form: ${describe(head.error)}`);
  return { head: head.data, tail: frame.subarray(tailAt) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtocolError('the head of a frame is not JSON');
  }
}

function describe(error: z.ZodError): string {
  const [first] = error.issues;
  return first === undefined ? 'no issue named' : `${first.path.join('.')}: ${first.message}`.slice(0, 256);
}

function cutOff(): ProtocolError {
  return new ProtocolError('the stream ended in the middle of a frame');
}
