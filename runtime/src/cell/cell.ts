/**
 * A cell: one process that runs the functions of one tenant. Its life: `boot` (takes the prelude), `ready`, `assign`
 * (becomes a tenant's), serves, drains, ends. It never changes its tenant.
 *
 * Side: tenant territory. Transport: the channel to its supervisor, one NATS connection that the supervisor opened.
 * Guarantees: it ends when the channel closes, and when its NATS connection is lost (it cannot reconnect).
 * Holds: its own short-lived NATS credential and the code and vars of its tenant's functions, and of their
 * secrets those that the code reads itself; nothing else.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { functionLimitsSchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import { WireConnection } from '@sovfn/bus/wire';
import { Channel } from '../channel/frame.ts';
import { type FromCell, type ToCell, toCellSchema } from '../channel/messages.ts';
import { BrokerClient } from './broker/broker-client.ts';
import { OutsideAsks } from './broker/outside-asks.ts';
import { RoutedAsks } from './broker/routed-asks.ts';
import { environmentOf, type LogKey, receiveCode, receivePrelude } from './code.ts';
import { EntryMeter } from './isolate/entry-meter.ts';
import type { Failure } from './isolate/failures.ts';
import type { Guest } from './isolate/guest.ts';
import type { Prelude } from './isolate/guest-isolate.ts';
import { SpareIsolates } from './isolate/spare-isolates.ts';
import type { Locked } from './lock/lock.ts';
import { warmUp } from './lock/warm-up.ts';
import { TenantService } from './tenant-service.ts';
import type { EntryWatch } from './watch.ts';

export interface CellHost {
  readonly channel: Duplex;
  /** The next socket that the supervisor hands over. */
  readonly nextSocket: () => Promise<Socket>;
  /** What functions run in. */
  readonly makeGuest: (prelude: Prelude, memoryMb: number) => Guest;
  /** Tells the supervisor when a function stays for longer than it may. */
  readonly watch: EntryWatch;
  /** Locks this process; nothing can be opened or loaded after it. */
  readonly lock: () => Locked;
  readonly exit: (code: number) => void;
}

type LoadFailed = Extract<FromCell, { type: 'load-failed' }>;
type Load = Extract<ToCell, { type: 'load' }>;
type Assign = Extract<ToCell, { type: 'assign' }>;

const v = PROTOCOL_VERSION;
const STATS_MS = 1_000;
const LOOK_MS = 250;
const DEFAULT_MEMORY_MB = functionLimitsSchema.parse({}).memoryMb;

export class Cell {
  readonly #host: CellHost;
  readonly #channel: Channel<ToCell, FromCell>;
  readonly #meter: EntryMeter;
  /** Those that the supervisor carries out, and those that the broker does. */
  readonly #inside: BrokerClient;
  readonly #outside: OutsideAsks;
  readonly #assigned = Promise.withResolvers<TenantService>();
  readonly #watching: Promise<void>;
  #spares: SpareIsolates | null = null;
  #connection: WireConnection | null = null;

  constructor(host: CellHost) {
    this.#watching = host.watch.start();
    this.#host = host;
    this.#meter = new EntryMeter(host.watch);
    this.#channel = new Channel<ToCell, FromCell>(host.channel, {
      schema: toCellSchema,
      onMessage: (head, tail) => this.#onMessage(head, tail),
      onClosed: () => host.exit(0),
    });
    this.#inside = new BrokerClient(this.#channel);
    this.#outside = new OutsideAsks(() => this.#channel.send({ v, type: 'broker-wanted' }));
  }

  #onMessage(head: ToCell, tail: Buffer): void {
    switch (head.type) {
      case 'boot':
        return this.#do(this.#boot(receivePrelude(head, tail), head.socket));
      case 'assign':
        return this.#do(this.#assign(head));
      case 'load':
        return this.#whenAssigned((service) => service.load(receiveCode(head, tail), logKeyOf(head)));
      case 'renew':
        return this.#whenAssigned((service) => service.renew(head.function, head.version, environmentOf(head)));
      case 'run':
        return this.#whenAssigned((service) => service.run(head.function, head.version, head.reply, tail));
      case 'evict':
        return this.#whenAssigned(async (service) => {
          await service.evict(head.function, head.version);
          this.#channel.send({ v, type: 'evicted', function: head.function, version: head.version });
        });
      case 'drain':
        return this.#whenAssigned((service) => this.#drain(service));
      case 'ask-answer':
      case 'ask-failed':
      case 'ask-frame':
        return this.#inside.onMessage(head, tail);
      case 'no-broker':
        return this.#outside.fail(head.message);
    }
  }

  async #boot(prelude: Prelude, socket: string | null): Promise<void> {
    this.#spares = new SpareIsolates({
      makeGuest: (memoryMb) => this.#host.makeGuest(prelude, memoryMb),
      memoryMb: DEFAULT_MEMORY_MB,
      idleMs: () => this.#meter.idleMs,
    });
    warmUp();
    await this.#watching;
    if (socket !== null) await this.#outside.listen(socket);
    const { level, reason } = this.#host.lock();
    this.#channel.send({ v, type: 'ready', lockLevel: level, unlockedBecause: reason?.slice(0, 1_024) ?? null });
  }

  async #assign(head: Assign): Promise<void> {
    const credential = { jwt: head.jwt, seed: Buffer.from(head.seed, 'utf8') };
    const connection = await WireConnection.open(await this.#host.nextSocket(), { credential, name: head.cell });
    this.#connection = connection;
    void connection.closed.then((error) => this.#retire(error));
    const service = new TenantService({
      zone: head.zone,
      tenant: head.tenant,
      runner: { node: head.node, cell: head.cell },
      connection,
      spares: this.#spares!,
      meter: this.#meter,
      broker: new RoutedAsks(this.#inside, this.#outside),
      takeAsked: (invocation) => this.#outside.takeAsked(invocation),
      onStatements: ({ name, version }, records, asked) => {
        const more = asked.length === 0 ? {} : { asked };
        this.#channel.send({ v, type: 'statements', function: name, version, ...more }, [records]);
      },
      onLoaded: ({ name, version }, loadMs) =>
        this.#channel.send({ v, type: 'loaded', function: name, version, loadMs }),
      onLoadFailed: ({ name, version }, failure) =>
        this.#channel.send({ v, type: 'load-failed', function: name, version, ...loadFailure(failure) }),
    });
    await connection.flush();
    this.#startReports(service);
    this.#channel.send({ v, type: 'assigned' });
    this.#assigned.resolve(service);
  }

  #startReports(service: TenantService): void {
    setInterval(() => service.look(performance.now()), LOOK_MS).unref();
    setInterval(() => {
      const { inFlight, isolateCount } = service;
      const isolates = { isolates: isolateCount, isolatesMade: this.#spares!.made };
      this.#channel.send({ v, type: 'stats', inFlight, ...isolates, versions: service.use(performance.now()) });
    }, STATS_MS).unref();
  }

  async #drain(service: TenantService): Promise<void> {
    await service.drain();
    this.#spares?.close();
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
    this.#host.exit(0);
  }

  /** Without NATS a cell is useless, and it cannot reconnect: it says so and ends; its calls have lost their gateway. */
  #retire(error: Error | null): void {
    if (this.#connection === null) return;
    const reason = `the NATS connection was lost: ${error?.message ?? 'closed'}`;
    this.#channel.send({ v, type: 'retiring', reason: reason.slice(0, 1_024) });
    this.#channel.close();
  }

  #whenAssigned(act: (service: TenantService) => void | Promise<void>): void {
    this.#do(this.#assigned.promise.then(act));
  }

  /** A failure here is a broken contract between supervisor and cell: the cell ends, loudly, and is replaced. */
  #do(work: Promise<void>): void {
    work.catch((error: unknown) => {
      process.stderr.write(`${JSON.stringify({ level: 'error', event: 'cell-failed', reason: String(error) })}\n`);
      this.#host.exit(70);
    });
  }
}

function logKeyOf({ logKey }: Load): LogKey | null {
  return logKey ?? null;
}

function loadFailure({ outcome, detail }: Failure): Pick<LoadFailed, 'outcome' | 'message'> {
  const isKnown = outcome === 'bad-bundle' || outcome === 'exceeded-startup' || outcome === 'exceeded-memory';
  return { outcome: isKnown ? outcome : 'internal-error', message: detail.message };
}
