/**
 * The broker for one cell: takes its asks, and ends them with it.
 *
 * Hostile: the cell. Its tenant is what the supervisor assigned; an ask is carried out with the rights of a version that
 * the supervisor has sent to this very cell, or not at all. A message that breaks the rules throws, which ends the cell.
 */
import { type EgressRule, ProtocolError, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { Dispatcher } from 'undici';
import type { AskKind } from '../../bridge/asks.ts';
import type { AskFrameMessage, AskMessage } from '../../channel/broker-messages.ts';
import type { AskHandler, Grants } from './ask.ts';
import { HeldBytes } from './held-bytes.ts';
import { type CellLink, OpenAsk } from './open-ask.ts';

export interface BrokerOptions {
  readonly handlers: Readonly<Record<AskKind, AskHandler>>;
  /** Makes a cell's connections to the outside, to addresses in these countries; null: in any. */
  readonly makeDispatcher: (countries: readonly string[] | null) => Dispatcher;
  readonly onDefect: (kind: AskKind, error: unknown) => void;
}

export interface CellBrokerOptions {
  readonly zone: string;
  readonly tenant: string;
  readonly link: CellLink;
  /** Of a version that the cell has been sent; null for every other one. */
  readonly grantsOf: (name: string, version: string) => Grants | null;
}

/** Asks of one cell at a time. Its own limits for each call are lower. */
const MOST_ASKS = 1_000;
const v = PROTOCOL_VERSION;

/** Carries out what functions ask for: one for the node. */
export class Broker {
  readonly #options: BrokerOptions;

  constructor(options: BrokerOptions) {
    this.#options = options;
  }

  attach(cell: CellBrokerOptions): CellBroker {
    return new CellBroker(this.#options, cell);
  }
}

export class CellBroker {
  readonly #options: BrokerOptions;
  readonly #cell: CellBrokerOptions;
  readonly #asks = new Map<number, OpenAsk>();
  readonly #held = new HeldBytes();
  /** By the countries to which they may lead. */
  readonly #dispatchers = new Map<string, Dispatcher>();
  #isClosed = false;

  constructor(options: BrokerOptions, cell: CellBrokerOptions) {
    this.#options = options;
    this.#cell = cell;
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
    for (const dispatcher of this.#dispatchers.values()) void dispatcher.destroy();
  }

  #open(message: AskMessage, body: Buffer): void {
    const { link, grantsOf, zone, tenant } = this.#cell;
    const { ask: number, function: name, version, kind } = message;
    const grants = grantsOf(name, version);
    if (grants === null) throw new ProtocolError(`a cell asked for "${name}" ${version}, which it was never sent`);
    if (this.#asks.has(number)) throw new ProtocolError(`a cell used the number ${number} for two asks`);
    if (this.#asks.size >= MOST_ASKS) {
      const text = `A cell may have ${MOST_ASKS} subrequests under way at a time; try again later.`;
      return link.send({ v, type: 'ask-failed', ask: number, name: 'TypeError', message: text });
    }
    const dispatcherFor = ({ countries }: EgressRule): Dispatcher => this.#dispatcherFor(countries);
    const ask = new OpenAsk({
      message,
      body,
      held: this.#held,
      link,
      from: { zone, tenant, function: name, version, grants, dispatcherFor },
      handler: this.#options.handlers[kind],
      onOver: () => this.#asks.delete(number),
      onDefect: (error) => this.#options.onDefect(kind, error),
    });
    this.#asks.set(number, ask);
    void ask.run();
  }

  #dispatcherFor(countries: readonly string[] | null): Dispatcher {
    const key = countries?.join() ?? '';
    const known = this.#dispatchers.get(key);
    if (known !== undefined) return known;
    const made = this.#options.makeDispatcher(countries);
    this.#dispatchers.set(key, made);
    return made;
  }
}
