/**
 * The asks of one cell, and their end with it.
 *
 * Hostile: the cell. Who it is, is what the supervisor says; a message that breaks the rules throws, which ends the cell.
 */
import { ProtocolError, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { AskKind } from '../bridge/asks.ts';
import type { AskFrameMessage, AskMessage } from '../channel/broker-messages.ts';
import type { Asker, AskHandler } from './ask.ts';
import { HeldBytes } from './held-bytes.ts';
import { type CellLink, OpenAsk } from './open-ask.ts';

/** Who asks, and what carries it out. */
export interface AcceptedAsk {
  readonly from: Asker;
  readonly handler: AskHandler;
}

export interface CellAsksOptions {
  readonly link: CellLink;
  /** Throws ProtocolError for what this cell cannot ask for. */
  readonly accept: (message: AskMessage) => AcceptedAsk;
  readonly onDefect: (kind: AskKind, error: unknown) => void;
}

/** Asks of one cell at a time. Its own limits for each call are lower. */
const MOST_ASKS = 1_000;
const v = PROTOCOL_VERSION;

export class CellAsks {
  readonly #options: CellAsksOptions;
  readonly #asks = new Map<number, OpenAsk>();
  readonly #held = new HeldBytes();
  #isClosed = false;

  constructor(options: CellAsksOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#asks.size === 0;
  }

  onMessage(message: AskMessage | AskFrameMessage, tail: Buffer): void {
    if (this.#isClosed) return;
    if (message.type === 'ask') this.#open(message, tail);
    else this.#asks.get(message.ask)?.onFrame(tail);
  }

  /** The cell is gone: so is everything it has asked for. */
  close(): void {
    this.#isClosed = true;
    for (const ask of [...this.#asks.values()]) ask.cancel();
  }

  #open(message: AskMessage, body: Buffer): void {
    const { link, accept, onDefect } = this.#options;
    const { ask: number, kind } = message;
    if (this.#asks.has(number)) throw new ProtocolError(`a cell used the number ${number} for two asks`);
    if (this.#asks.size >= MOST_ASKS) {
      const text = `A cell may have ${MOST_ASKS} subrequests under way at a time; try again later.`;
      return link.send({ v, type: 'ask-failed', ask: number, name: 'TypeError', message: text });
    }
    // Behind the limit, because it may ask somebody else.
    const { from, handler } = accept(message);
    const ask = new OpenAsk({
      ...{ message, body, held: this.#held, link, from, handler },
      onOver: () => this.#asks.delete(number),
      onDefect: (error) => onDefect(kind, error),
    });
    this.#asks.set(number, ask);
    void ask.run();
  }
}
