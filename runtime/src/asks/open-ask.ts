/**
 * One ask under way: its body as it comes, the handler that carries it out, and the answer as the cell takes it.
 *
 * Guarantees: exactly one of a whole answer, the end of a streamed one, and a failure is sent, and nothing after a
 * cancel; the handler's signal is aborted when the ask ends early, and its answer's body is closed.
 */
import { ChunkSender, type Pace } from '@sovfn/bus/wire';
import {
  type ChunkFrame,
  decodeGatewayFrame,
  encodeCredit,
  encodeEnd,
  INLINE_BODY_BYTES,
  isSovfnError,
  PROTOCOL_VERSION,
  STREAM_WINDOW,
} from '@sovfn/protocol';
import { ASK_HEAD_LENGTH } from '../bridge/asks.ts';
import type { AskMessage, BrokerToCell } from '../channel/broker-messages.ts';
import { AskError, type Asker, type AskHandler, type BrokerAnswer } from './ask.ts';
import { FrameBody } from './frame-body.ts';
import { AskBytes, type HeldBytes } from './held-bytes.ts';

export interface CellLink extends Pace {
  send(message: BrokerToCell, tail?: readonly Uint8Array[]): void;
}

export interface OpenAskOptions {
  readonly message: AskMessage;
  /** The body, when it came whole. */
  readonly body: Uint8Array;
  /** Of the cell. */
  readonly held: HeldBytes;
  readonly link: CellLink;
  readonly from: Asker;
  readonly handler: AskHandler;
  readonly onOver: () => void;
  /** Not foreseen: a defect of ours, or of a library. */
  readonly onDefect: (error: unknown) => void;
}

const v = PROTOCOL_VERSION;
const NO_RUNNER = { node: '', cell: '' };
const NO_USAGE = { cpuUs: 0, wallUs: 0 };
const MESSAGE_LENGTH = 4_096;
/** Made once: it says nothing of the ask, and its stack would be taken for each. */
const OVER = new AskError('TypeError', 'the ask is over');

export class OpenAsk {
  readonly #options: OpenAskOptions;
  readonly #abort = new AbortController();
  readonly #bytes: AskBytes;
  readonly #body: FrameBody | null;
  #sender: ChunkSender | null = null;
  #onRoom: () => void = () => undefined;
  /** The handler has nothing under way any more: an abort would tell nobody. */
  #isDone = false;
  #isOver = false;

  constructor(options: OpenAskOptions) {
    this.#options = options;
    this.#bytes = new AskBytes(options.held);
    const grant = (chunks: number): void => this.#sendFrame(encodeCredit({ ...NO_RUNNER, chunks }));
    this.#body = options.message.body === 'frames' ? new FrameBody(grant, this.#bytes) : null;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { message, body, from, handler } = this.#options;
    try {
      if (message.body === 'whole') this.#bytes.hold(body.length);
      const given = message.body === 'whole' ? body : this.#body;
      const answer = await handler({
        head: parseHead(message.head),
        body: given,
        from,
        hold: (bytes) => this.#bytes.hold(bytes),
        invocation: message.invocation,
        depth: message.depth,
        trace: message.trace,
        signal: this.#abort.signal,
      });
      await this.#answer(answer);
      this.#isDone = answer.body !== null && message.body !== 'frames';
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#finish();
    }
  }

  /** Throws ProtocolError or SovfnError `stream-lost` when the cell breaks the rules. */
  onFrame(tail: Buffer): void {
    const frame = decodeGatewayFrame(tail);
    switch (frame.kind) {
      case 'chunk':
        return this.#accept(frame);
      case 'end':
        return this.#body?.finish(frame.chunks);
      case 'credit':
        return this.#sender?.grant(frame.chunks);
      case 'cancel':
        return this.cancel();
    }
  }

  /** Too much is the function's fault, and ends this ask only. */
  #accept(frame: ChunkFrame): void {
    try {
      this.#body?.accept(frame);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      this.#fail(error);
      this.#finish();
    }
  }

  /** Nobody wants the answer any more. */
  cancel(): void {
    this.#finish();
  }

  async #answer({ head, body }: BrokerAnswer): Promise<void> {
    const text = JSON.stringify(head);
    // As a message it would end the connection, with all that the cell asks for.
    if (text.length > ASK_HEAD_LENGTH) throw new AskError('TypeError', 'The headers of the answer are too large.');
    if (body === null) return this.#send({ ...this.#name, type: 'ask-answer', head: text, body: 'none' });
    if (body instanceof Uint8Array) this.#bytes.hold(body.length);
    if (body instanceof Uint8Array && body.length <= INLINE_BODY_BYTES) {
      return this.#send({ ...this.#name, type: 'ask-answer', head: text, body: 'whole' }, [body]);
    }
    this.#send({ ...this.#name, type: 'ask-answer', head: text, body: 'frames' });
    await this.#stream(body instanceof Uint8Array ? [body] : body);
  }

  /** Leaving the loop closes the source. */
  async #stream(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const sender = new ChunkSender({
      credits: STREAM_WINDOW,
      pace: this.#options.link,
      send: (frame) => this.#sendFrame(frame),
      onRoom: () => this.#onRoom(),
    });
    this.#sender = sender;
    for await (const piece of body) {
      if (this.#isOver) return;
      if (!sender.write(piece)) await new Promise<void>((resolve) => (this.#onRoom = resolve));
    }
    this.#sendFrame(encodeEnd({ ...NO_USAGE, outcome: 'ok', chunks: sender.chunks }));
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    const { name, message } = forFunction(error);
    if (!(error instanceof AskError) && !isSovfnError(error)) this.#options.onDefect(error);
    this.#send({ ...this.#name, type: 'ask-failed', name, message: message.slice(0, MESSAGE_LENGTH) });
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#bytes.end();
    this.#sender?.stop();
    this.#body?.fail(OVER);
    if (!this.#isDone) this.#abort.abort(OVER);
    this.#onRoom();
    this.#options.onOver();
  }

  get #name(): { v: typeof v; ask: number } {
    return { v, ask: this.#options.message.ask };
  }

  #sendFrame(frame: Buffer): void {
    this.#send({ ...this.#name, type: 'ask-frame' }, [frame]);
  }

  #send(message: BrokerToCell, tail: readonly Uint8Array[] = []): void {
    if (!this.#isOver) this.#options.link.send(message, tail);
  }
}

function forFunction(error: unknown): { name: string; message: string } {
  if (error instanceof AskError) return { name: error.kind, message: error.message };
  if (!isSovfnError(error))
    return { name: 'Error', message: 'The platform failed to do this; its operator finds why in the log.' };
  return { name: 'Error', message: error.hint === null ? error.message : `${error.message}. ${error.hint}` };
}

function parseHead(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AskError('TypeError', 'the head of an ask is not JSON', cause);
  }
}
