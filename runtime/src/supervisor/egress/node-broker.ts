/**
 * The node's broker: one process at a time, started when a cell needs it, and again when it has ended.
 *
 * Guarantees: a cell that wants it is connected to it, or hears why not, within the time of a start and of the pause after
 * many crashes. Not guaranteed: what is under way when it ends.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LockLevel } from '../../channel/lock-level.ts';
import { CrashPause } from '../cells/crash-pause.ts';
import type { BrokerCell, BrokerProcess } from './broker-process.ts';

export interface NodeBrokerOptions {
  /** Throws when there is no process left. */
  readonly start: () => BrokerProcess;
  readonly onStarted: (broker: BrokerProcess, lockLevel: LockLevel, ms: number) => void;
  /** Null: by itself, because no cell needed it. */
  readonly onEnded: (broker: BrokerProcess, reason: string | null) => void;
  readonly onUnavailable: (reason: string) => void;
}

/** One may end just when a cell is to be connected. */
const MOST_TRIES = 3;
/** A pause that is longer is not waited for. */
const LONGEST_WAIT_MS = 5_000;
/**
 * Of one cell at a time. It needs one; one that it has just left, and one that it asked for before it saw the other, may be there
 * for a moment. What a cell may ask for is limited for each.
 */
const MOST_CONNECTIONS = 8;

export class NodeBroker {
  readonly #options: NodeBrokerOptions;
  readonly #pause = new CrashPause();
  readonly #connecting = new Set<BrokerCell>();
  /** Cells that wanted a connection while one was made: they may have had it and lost it before this process heard that they had it. */
  readonly #wantAnother = new Set<BrokerCell>();
  #process: BrokerProcess | null = null;
  /** The one that was started last, which may not be ready. */
  #latest: BrokerProcess | null = null;
  #starting: Promise<BrokerProcess> | null = null;
  #lockLevel: LockLevel | null = null;
  #isClosed = false;

  constructor(options: NodeBrokerOptions) {
    this.#options = options;
  }

  /** Of the process that was started last; null before. */
  get lockLevel(): LockLevel | null {
    return this.#lockLevel;
  }

  /** The cell may have something to ask soon. */
  expect(cell: BrokerCell): void {
    const isKnown = this.#connecting.has(cell) || (this.#process?.attachmentsOf(cell) ?? 0) > 0;
    if (!isKnown) void this.want(cell);
  }

  /** The cell has something to ask, and no connection. Never rejects: the cell hears of it. */
  async want(cell: BrokerCell): Promise<void> {
    if (this.#connecting.has(cell)) return void this.#wantAnother.add(cell);
    this.#connecting.add(cell);
    try {
      await this.#connect(cell);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#isClosed) this.#options.onUnavailable(reason);
      cell.onNoBroker(`the node's broker cannot be used: ${reason}`);
    } finally {
      this.#connecting.delete(cell);
    }
    // A cell that has one by now refuses another.
    if (this.#wantAnother.delete(cell)) await this.want(cell);
  }

  /** The rights of a version have changed, or the cell has let go of it. */
  regrant(cell: BrokerCell, name: string, version: string): void {
    this.#process?.regrant(cell, name, version);
  }

  /** Ends it, also while it starts; what is under way is noted as failed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#latest?.stop();
  }

  async #connect(cell: BrokerCell): Promise<void> {
    for (let tries = 1; !cell.hasEnded(); tries++) {
      try {
        const broker = await this.#running();
        if (broker.attachmentsOf(cell) < MOST_CONNECTIONS) return await broker.attach(cell);
        return cell.onMisdeed(`it wanted more than ${MOST_CONNECTIONS} connections`);
      } catch (error) {
        if (tries === MOST_TRIES || this.#isClosed) throw error;
      }
    }
  }

  #running(): Promise<BrokerProcess> {
    if (this.#process?.isUsable === true) return Promise.resolve(this.#process);
    this.#starting ??= this.#start().finally(() => (this.#starting = null));
    return this.#starting;
  }

  async #start(): Promise<BrokerProcess> {
    await this.#waitAfterCrashes();
    if (this.#isClosed) throw new Error('the node is stopping');
    const startedAt = performance.now();
    const broker = this.#options.start();
    this.#latest = broker;
    void broker.ended.then((reason) => this.#onEnded(broker, reason));
    this.#lockLevel = await broker.ready;
    this.#process = broker;
    this.#options.onStarted(broker, this.#lockLevel, performance.now() - startedAt);
    return broker;
  }

  async #waitAfterCrashes(): Promise<void> {
    const pauseMs = Math.round(this.#pause.remainingMs(performance.now()));
    if (pauseMs > LONGEST_WAIT_MS) {
      throw new Error(`it ended ${this.#pause.crashes} times; the next one starts in ${pauseMs} ms`);
    }
    if (pauseMs > 0) await delay(pauseMs);
  }

  #onEnded(broker: BrokerProcess, reason: string | null): void {
    if (this.#process === broker) this.#process = null;
    if (reason !== null) this.#pause.record(performance.now());
    this.#options.onEnded(broker, reason);
  }
}
