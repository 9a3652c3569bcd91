/**
 * The cell's side of asks: sends them over one channel and routes what comes back. It knows nothing of what is asked. A cell has
 * one for its supervisor, which carries out what is asked of bindings, and one for the broker (`outside-asks.ts`).
 */
import { ChunkReceiver, ChunkSender, type Pace } from '@sovfn/bus/wire';
import {
  decodeGatewayFrame,
  encodeCancel,
  encodeCredit,
  encodeEnd,
  INLINE_BODY_BYTES,
  ProtocolError,
  PROTOCOL_VERSION,
  STREAM_WINDOW,
  type TraceContext,
} from '@sovfn/protocol';
import type { AskKind } from '../../bridge/asks.ts';
import type { AskedOfBroker, BrokerToCell } from '../../channel/broker-messages.ts';

/** The channel, as far as asks need it. */
export interface AskChannel extends Pace {
  send(message: AskedOfBroker, tail?: readonly Uint8Array[]): void;
}

/** Where asks go. */
export interface AskOpener {
  open(order: AskOrder, events: AskEvents): Ask;
}

export interface AskOrder {
  readonly function: string;
  readonly version: string;
  readonly kind: AskKind;
  /** Of the asking call. */
  readonly invocation: string | null;
  /** Service calls that the asking call is under. */
  readonly depth: number;
  /** In which the call asks. */
  readonly trace: TraceContext | null;
  readonly head: string;
  /** All of the body; null when there is none or it is streamed. */
  readonly body: Uint8Array | null;
  readonly streamed: boolean;
}

/** Called from the top of the event loop. */
export interface AskEvents {
  /** `body` is all of it; with `streamed`, pieces follow. */
  onAnswer(head: string, body: Uint8Array | null, streamed: boolean): void;
  /** Before the answer, or in the middle of its body. The ask is over. */
  onFailed(name: string, message: string): void;
  /** A piece of the answer's body has come, or its end. */
  onPiece(): void;
  /** There is room again for the ask's own body. */
  onRoom(): void;
}

const v = PROTOCOL_VERSION;
const NO_TAIL = Buffer.alloc(0);
const NO_RUNNER = { node: '', cell: '' };
const NO_USAGE = { cpuUs: 0, wallUs: 0 };

export class BrokerClient implements AskOpener {
  readonly #channel: AskChannel;
  readonly #asks = new Map<number, Ask>();
  #lastNumber = 0;

  constructor(channel: AskChannel) {
    this.#channel = channel;
  }

  /** No ask waits for anything. */
  get isIdle(): boolean {
    return this.#asks.size === 0;
  }

  open(order: AskOrder, events: AskEvents): Ask {
    const number = ++this.#lastNumber;
    const ask = new Ask({ number, channel: this.#channel, events, onOver: () => this.#asks.delete(number) });
    this.#asks.set(number, ask);
    ask.start(order);
    return ask;
  }

  /** What comes for an ask that is over is dropped. Throws ProtocolError, SovfnError `stream-lost` for a damaged frame. */
  onMessage(message: BrokerToCell, tail: Buffer): void {
    this.#asks.get(message.ask)?.onMessage(message, tail);
  }

  /** Whoever was to answer is gone: every ask fails with this. */
  failAll(failure: { readonly name: string; readonly message: string }): void {
    for (const [ask, open] of [...this.#asks]) open.onMessage({ v, type: 'ask-failed', ask, ...failure }, NO_TAIL);
  }
}

interface AskOptions {
  readonly number: number;
  readonly channel: AskChannel;
  readonly events: AskEvents;
  readonly onOver: () => void;
}

/** One ask, until its answer is whole. */
export class Ask {
  readonly #options: AskOptions;
  #sender: ChunkSender | null = null;
  #receiver: ChunkReceiver | null = null;
  #isEnding = false;
  #isOver = false;

  constructor(options: AskOptions) {
    this.#options = options;
  }

  /** A body too large for one message leaves in chunks. */
  start(order: AskOrder): void {
    const { channel, number } = this.#options;
    const { streamed, body, ...rest } = order;
    const inFrames = streamed || (body !== null && body.length > INLINE_BODY_BYTES);
    const form = inFrames ? 'frames' : body === null ? 'none' : 'whole';
    channel.send({ v, type: 'ask', ask: number, ...rest, body: form }, inFrames || body === null ? [] : [body]);
    if (!inFrames) return;
    this.#sender = new ChunkSender({
      credits: STREAM_WINDOW,
      pace: channel,
      send: (frame) => this.#send(frame),
      onRoom: () => (this.#isEnding ? this.#sendEnd() : this.#options.events.onRoom()),
    });
    if (streamed || body === null) return;
    this.write(body);
    this.end();
  }

  /** Sends a piece of the body, which must not change any more. False: no room before `onRoom`. */
  write(bytes: Uint8Array): boolean {
    if (this.#sender === null || this.#isEnding || this.#isOver) return true;
    return this.#sender.write(bytes);
  }

  /** The body is whole. */
  end(): void {
    if (this.#sender === null || this.#isEnding) return;
    this.#isEnding = true;
    if (this.#sender.isEmpty) this.#sendEnd();
  }

  /** The next piece of the answer's body; null when there is none now, or `isAtEnd`. */
  take(): Buffer | null {
    return this.#receiver?.take() ?? null;
  }

  get isAtEnd(): boolean {
    return this.#receiver?.isEnded ?? true;
  }

  /** Nothing is told of it any more. */
  cancel(): void {
    if (this.#isOver) return;
    this.#send(encodeCancel());
    this.#finish();
  }

  onMessage(message: BrokerToCell, tail: Buffer): void {
    switch (message.type) {
      case 'ask-answer':
        return this.#onAnswer(message.head, message.body, tail);
      case 'ask-failed':
        this.#finish();
        return this.#options.events.onFailed(message.name, message.message);
      case 'ask-frame':
        return this.#onFrame(tail);
    }
  }

  #onAnswer(head: string, form: 'none' | 'whole' | 'frames', tail: Buffer): void {
    if (form !== 'frames') {
      this.#finish();
      return this.#options.events.onAnswer(head, form === 'none' ? null : tail, false);
    }
    const grant = (chunks: number): void => this.#send(encodeCredit({ ...NO_RUNNER, chunks }));
    this.#receiver = new ChunkReceiver({ grant, onChunk: () => this.#options.events.onPiece() });
    this.#options.events.onAnswer(head, null, true);
  }

  #onFrame(tail: Buffer): void {
    const frame = decodeGatewayFrame(tail);
    switch (frame.kind) {
      case 'chunk':
        return this.#receiver?.accept(frame);
      case 'end':
        this.#finish();
        return this.#receiver?.finish(frame.chunks);
      case 'credit':
        return this.#sender?.grant(frame.chunks);
      case 'cancel':
        throw new ProtocolError('an ask was cancelled from outside without saying why');
    }
  }

  #sendEnd(): void {
    this.#send(encodeEnd({ ...NO_USAGE, outcome: 'ok', chunks: this.#sender!.chunks }));
    this.#sender!.stop();
  }

  #send(frame: Buffer): void {
    if (!this.#isOver) this.#options.channel.send({ v, type: 'ask-frame', ask: this.#options.number }, [frame]);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sender?.stop();
    this.#options.onOver();
  }
}
