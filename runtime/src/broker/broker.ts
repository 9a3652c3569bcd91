/**
 * The broker of a node: makes the requests that functions ask for, and is the only process of it that connects to the outside
 * for them.
 *
 * Side: the node's, locked. Transport: a channel to the supervisor, which starts it when it is needed, and a connection to each
 * cell that the supervisor names. Holds: the egress rules and secrets of versions that have asked for something, no
 * credential of NATS or of the store. Ends with the supervisor, and by itself when no cell has asked for anything for long.
 */
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { type FromBroker, type ToBroker, toBrokerSchema } from '../channel/broker-control.ts';
import { Channel } from '../channel/frame.ts';
import type { Locked } from '../cell/lock/lock.ts';
import { AttachedCell } from './attached-cell.ts';
import { type ConnectorOptions, makeEgressAgent } from './connector.ts';
import { openCountryDatabase } from './country-database.ts';
import { RequestReports } from './request-reports.ts';
import { inTurns, makeResolve } from './resolve.ts';

export interface BrokerHost {
  readonly control: Duplex;
  /** Locks this process; what it loads later it only reads. */
  readonly lock: () => Locked;
  readonly exit: (code: number) => void;
}

type Boot = Extract<ToBroker, { type: 'boot' }>;
type Attach = Extract<ToBroker, { type: 'attach' }>;

const v = PROTOCOL_VERSION;
/** Of the time after which a cell is left. */
const LOOKS = 4;
/** It was started for a cell, which may be slow to be named. Milliseconds. */
const FIRST_CELL_MS = 30_000;

export class Broker {
  readonly #host: BrokerHost;
  readonly #channel: Channel<ToBroker, FromBroker>;
  readonly #reports: RequestReports;
  readonly #cells = new Map<number, AttachedCell>();
  #egress: ConnectorOptions | null = null;
  #connecting = 0;
  #usedAt = Infinity;

  constructor(host: BrokerHost) {
    this.#host = host;
    this.#channel = new Channel(host.control, {
      schema: toBrokerSchema,
      onMessage: (message) => this.#onMessage(message),
      onClosed: () => host.exit(0),
    });
    this.#reports = new RequestReports((message) => this.#channel.send(message));
  }

  #onMessage(message: ToBroker): void {
    switch (message.type) {
      case 'boot':
        return void this.#boot(message);
      case 'attach':
        return this.#attach(message);
      case 'grant':
        return this.#cells.get(message.attachment)?.grant(message.function, message.version, message);
      case 'revoke':
        return this.#cells.get(message.attachment)?.revoke(message.function, message.version);
      case 'ping':
        return this.#channel.send({ v, type: 'pong' });
      case 'stop':
        return this.#stop();
    }
  }

  /** What fails here ends the process, and the supervisor says it in its log. */
  async #boot({ allowPrivate, ownServices, dnsServers, countryDatabase, idleMs }: Boot): Promise<void> {
    const countryOf = countryDatabase === null ? null : await openCountryDatabase(countryDatabase);
    const resolve = makeResolve(dnsServers);
    this.#egress = { allowPrivate, ownServices: () => ownServices, countryOf, resolve };
    const { level, reason } = this.#host.lock();
    this.#usedAt = performance.now() + FIRST_CELL_MS;
    setInterval(() => this.#look(idleMs), idleMs / LOOKS);
    this.#channel.send({ v, type: 'ready', lockLevel: level, unlockedBecause: reason?.slice(0, 1_024) ?? null });
  }

  #attach(message: Attach): void {
    this.#usedAt = performance.now();
    this.#connecting++;
    const socket = connect(message.socket);
    const fail = (): void => {
      this.#connecting--;
      this.#detached(message.attachment, null);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      this.#connecting--;
      socket.off('error', fail);
      this.#cells.set(message.attachment, this.#cellOf(socket, message));
      this.#channel.send({ v, type: 'attached', attachment: message.attachment });
    });
  }

  #cellOf(socket: Socket, { attachment, zone, tenant }: Attach): AttachedCell {
    if (this.#egress === null) throw new Error('a cell was named before the broker was told what it may do');
    const egress = { ...this.#egress, resolve: inTurns(this.#egress.resolve) };
    return new AttachedCell(socket, {
      ...{ zone, tenant },
      reports: this.#reports.of(attachment),
      makeDispatcher: (countries) => makeEgressAgent(egress, countries),
      askForGrant: (name, version) =>
        this.#channel.send({ v, type: 'grant-wanted', attachment, function: name, version }),
      onDefect: (error) => this.#reportDefect(error),
      onClosed: (misdeed) => this.#detached(attachment, misdeed),
    });
  }

  /** Requests that the cell left are over within a turn, and said to be. */
  #detached(attachment: number, misdeed: string | null): void {
    const idleMs = this.#cells.get(attachment)?.idleMs ?? 0;
    this.#cells.delete(attachment);
    this.#usedAt = Math.max(this.#usedAt, performance.now() - idleMs);
    setImmediate(() => {
      this.#reports.flush();
      this.#channel.send({ v, type: 'detached', attachment, misdeed: misdeed?.slice(0, 1_024) ?? null });
    });
  }

  #look(idleMs: number): void {
    for (const cell of this.#cells.values()) if (cell.idleMs >= idleMs) cell.rest();
    const isUnused = this.#cells.size === 0 && this.#connecting === 0;
    if (isUnused && performance.now() - this.#usedAt >= idleMs) this.#stop();
  }

  #stop(): void {
    for (const cell of this.#cells.values()) cell.close();
    setImmediate(() => {
      this.#reports.flush();
      this.#channel.onceDrained(() => this.#channel.close());
    });
  }

  #reportDefect(error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#channel.send({ v, type: 'defect', reason: reason.slice(0, 8_192) });
  }
}
