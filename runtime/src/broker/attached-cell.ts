/**
 * The broker's connection to one cell: takes its asks, and carries them out with the rights of the version that asks.
 *
 * Hostile: the cell. Its tenant is what the supervisor has said when it named the cell's socket; the rights of a version are
 * asked of the supervisor when it first asks for something. A message that breaks the rules ends the connection, and the
 * supervisor hears which rule it was.
 */
import type { Socket } from 'node:net';
import { type EgressRule, ProtocolError, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { Dispatcher } from 'undici';
import { AskError, type AskHandler } from '../asks/ask.ts';
import { type AcceptedAsk, CellAsks } from '../asks/cell-asks.ts';
import type { BrokerGrant } from '../channel/broker-control.ts';
import {
  type AskedOfBroker,
  askedOfBrokerSchema,
  type AskMessage,
  type FromBrokerToCell,
} from '../channel/broker-messages.ts';
import { Channel } from '../channel/frame.ts';
import { carryOutFetch } from './fetch.ts';
import { GrantedSecrets } from './granted-secrets.ts';
import { EgressPolicy } from './policy.ts';
import type { EgressReach } from './reach.ts';
import type { AskReports } from './request-reports.ts';

export interface AttachedCellOptions {
  readonly zone: string;
  readonly tenant: string;
  readonly reports: AskReports;
  /** Makes connections to the outside, to addresses in these countries; null: in any. */
  readonly makeDispatcher: (countries: readonly string[] | null) => Dispatcher;
  /** `grant` or `revoke` is called later, or never. */
  readonly askForGrant: (name: string, version: string) => void;
  readonly onDefect: (error: unknown) => void;
  /** Once. `misdeed`: the rule that the cell has broken. */
  readonly onClosed: (misdeed: string | null) => void;
}

/** Largest message of a cell: an ask with the longest head and the largest inline body, escaped. Bytes. */
const INBOUND_BYTES = 2 * 1024 * 1024;
/** Answers that a cell has not read: nothing more is asked for it meanwhile. Bytes. */
const UNREAD_BYTES = 16 * 1024 * 1024;

export class AttachedCell {
  readonly #options: AttachedCellOptions;
  readonly #channel: Channel<AskedOfBroker, FromBrokerToCell>;
  readonly #asks: CellAsks;
  /** By version: what was granted, or is asked for. */
  readonly #grants = new Map<string, PromiseWithResolvers<EgressReach>>();
  /** By the countries to which they may lead. */
  readonly #dispatchers = new Map<string, Dispatcher>();
  #usedAt = performance.now();

  constructor(socket: Socket, options: AttachedCellOptions) {
    this.#options = options;
    this.#channel = new Channel(socket, {
      schema: askedOfBrokerSchema,
      onMessage: (message, tail) => this.#asks.onMessage(message, tail),
      onClosed: (reason) => this.#onClosed(reason),
      maxFrameBytes: INBOUND_BYTES,
      mostUnsentBytes: UNREAD_BYTES,
    });
    this.#asks = new CellAsks({
      link: this.#channel,
      accept: (message) => this.#accept(message),
      onDefect: (_kind, error) => options.onDefect(error),
    });
  }

  /** Milliseconds for which it has asked for nothing. */
  get idleMs(): number {
    return this.#asks.isEmpty ? performance.now() - this.#usedAt : 0;
  }

  /** The cell may close the connection: it alone knows whether it is about to ask. */
  rest(): void {
    this.#channel.send({ v: PROTOCOL_VERSION, type: 'rest' });
  }

  /** What was asked for, or a renewal of what was granted. */
  grant(name: string, version: string, { egress, secrets }: BrokerGrant): void {
    const before = this.#grants.get(keyOf(name, version));
    if (before === undefined) return;
    const granted = Promise.withResolvers<EgressReach>();
    granted.resolve({
      policy: new EgressPolicy(name, egress),
      secrets: new GrantedSecrets(secrets),
      dispatcherFor: (rule) => this.#dispatcherFor(rule),
    });
    before.resolve(granted.promise);
    this.#grants.set(keyOf(name, version), granted);
  }

  /** The cell does not have the version (any more): what it asks for in its name fails. */
  revoke(name: string, version: string): void {
    const key = keyOf(name, version);
    this.#grants.get(key)?.reject(new AskError('TypeError', `fetch failed: this version of "${name}" is not loaded.`));
    this.#grants.delete(key);
  }

  close(): void {
    this.#channel.close();
  }

  #accept({ function: name, version, kind }: AskMessage): AcceptedAsk {
    if (kind !== 'fetch') throw new ProtocolError(`a cell asked the broker for "${kind}", which is for its supervisor`);
    this.#usedAt = performance.now();
    const { zone, tenant, reports } = this.#options;
    const reach = this.#reachOf(name, version);
    const handler: AskHandler = async (ask) => carryOutFetch(ask, await reach, reports);
    return { from: { zone, tenant, function: name, version }, handler };
  }

  #reachOf(name: string, version: string): Promise<EgressReach> {
    const key = keyOf(name, version);
    const known = this.#grants.get(key);
    if (known !== undefined) return known.promise;
    const wanted = Promise.withResolvers<EgressReach>();
    // Whoever asks hears of it; it may have left.
    wanted.promise.catch(() => undefined);
    this.#grants.set(key, wanted);
    this.#options.askForGrant(name, version);
    return wanted.promise;
  }

  #dispatcherFor({ countries }: EgressRule): Dispatcher {
    const key = countries?.join() ?? '';
    const known = this.#dispatchers.get(key);
    if (known !== undefined) return known;
    const made = this.#options.makeDispatcher(countries);
    this.#dispatchers.set(key, made);
    return made;
  }

  #onClosed(reason: Error | null): void {
    this.#asks.close();
    for (const dispatcher of this.#dispatchers.values()) void dispatcher.destroy();
    // What the operating system says of a cell that has died is no misdeed.
    const isBroken = reason !== null && !('syscall' in reason);
    this.#options.onClosed(isBroken ? reason.message : null);
  }
}

function keyOf(name: string, version: string): string {
  return `${name}/${version}`;
}
