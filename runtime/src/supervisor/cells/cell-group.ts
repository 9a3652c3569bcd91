import { type CellDown, PROBE_AFTER_MS, PROTOCOL_VERSION, SovfnError } from '@sovfn/protocol';
import type { Broker } from '../broker/cell-broker.ts';
import type { VersionName } from '../code/bundle-store.ts';
import type { VersionCode } from '../code/version-code.ts';
import type { SupervisorEvents } from '../events.ts';
import { type AssignmentContext, assignCell } from './assignment.ts';
import type { CellPool } from './cell-pool.ts';
import { CrashPause } from './crash-pause.ts';
import { type FunctionVersion, versionKey } from './held-version.ts';
import { TenantCell, type TenantCellEnd } from './tenant-cell.ts';

export interface CellGroupOptions {
  readonly zone: string;
  readonly tenant: string;
  readonly pool: CellPool;
  readonly context: AssignmentContext;
  readonly nodeMemoryMb: number;
  readonly broker: Broker;
  /** Cells that one tenant may have at a time. */
  readonly maxCells: number;
  readonly events: SupervisorEvents;
  readonly prepare: (name: VersionName) => Promise<VersionCode>;
  readonly hasRoomForCell: () => boolean;
  readonly hasFreeCore: () => boolean;
  /** Tells the gateways that the calls of a cell have ended with it; `unclaimed` are reply subjects of some of them. */
  readonly announceDown: (zone: string, down: CellDown, unclaimed: readonly string[]) => void;
}

/** Reports in a row with too many calls before another cell is started: a burst is over sooner. Seconds. */
const BUSY_SECONDS = 3;
/** Part of a credential's life after which the cell is replaced; the rest is for finishing its calls. */
const REPLACE_AT = 0.8;
/** Part of it after which a replacement that failed is tried again. */
const RETRY_AFTER = 0.02;
/** A call that a cell took down with it is asked for after PROBE_AFTER_MS; with a margin for the way. */
const REMEMBER_LOST_MS = PROBE_AFTER_MS + 1_000;
/** Loading a version in a further cell is worth it when this many calls fewer are in flight there. */
const LOADING_COST = 32;
/** Timers wait no longer than this; a credential that lives longer is replaced early. Milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const SHORTEST_TIMER_MS = 1_000;
/** Wait for a version to be loaded in the new cell before the old one is let go. */
const LOADED_MS = 15_000;

/** The cells of one tenant in one zone: at least one while it is used, more while it is busy. */
export class CellGroup {
  readonly #options: CellGroupOptions;
  readonly #cells = new Set<TenantCell>();
  readonly #pause = new CrashPause();
  /** Versions that went down with a cell, and when. */
  readonly #lost = new Map<string, number>();
  #starting: Promise<TenantCell> | null = null;
  #isStopping = false;

  constructor(options: CellGroupOptions) {
    this.#options = options;
  }

  get cells(): ReadonlySet<TenantCell> {
    return this.#cells;
  }

  holds(version: FunctionVersion): boolean {
    return [...this.#cells].some((cell) => cell.holds(version));
  }

  /** A cell of this node serves the version, or served it when a call that is asked for now was sent. */
  mayHaveTaken(version: FunctionVersion): boolean {
    const lostAt = this.#lost.get(versionKey(version)) ?? -Infinity;
    return this.holds(version) || performance.now() - lostAt < REMEMBER_LOST_MS;
  }

  get isStarting(): boolean {
    return this.#starting !== null;
  }

  /**
   * The cell for a call of a version. Throws SovfnError `no-capacity` (the node is full, or the tenant's cells crash
   * again and again) or `not-started`.
   */
  async cellFor(version: FunctionVersion): Promise<TenantCell> {
    return chooseCell(this.#cells, version) ?? this.#startShared();
  }

  /** Starts no cell any more; those there finish their calls, or are killed after `graceMs`. */
  async stop(graceMs: number): Promise<TenantCellEnd[]> {
    this.#isStopping = true;
    // A start that fails has told whoever waited for it.
    await this.#starting?.catch(() => null);
    const cells = [...this.#cells];
    for (const cell of cells) cell.drain(graceMs);
    return Promise.all(cells.map((cell) => cell.ended));
  }

  /** One cell starts at a time; whoever needs one meanwhile gets the same. */
  #startShared(): Promise<TenantCell> {
    this.#starting ??= this.#start().finally(() => (this.#starting = null));
    return this.#starting;
  }

  async #start(): Promise<TenantCell> {
    const { zone, tenant, pool, context, events, nodeMemoryMb, broker } = this.#options;
    this.#assertMayStart();
    const startedAt = performance.now();
    const process = await pool.take();
    const cell: TenantCell = new TenantCell({
      process,
      zone,
      tenant,
      nodeMemoryMb,
      broker,
      onLoaded: (_cell, version, loadMs) => events.versionLoaded(cell, version, loadMs),
      onLoadFailed: (_cell, version, outcome, message) => events.versionRefused(cell, version, outcome, message),
      onStats: () => this.#growWhenBusy(cell),
    });
    const expiresAt = await assignCell(process, { zone, tenant }, context, (message, tail) =>
      cell.onMessage(message, tail),
    );
    this.#cells.add(cell);
    void cell.ended.then((end) => this.#onEnded(cell, end));
    this.#replaceBefore(cell, expiresAt);
    events.cellAssigned(cell, performance.now() - startedAt);
    pool.fill();
    return cell;
  }

  #assertMayStart(): void {
    const { tenant, hasRoomForCell, context } = this.#options;
    if (this.#isStopping) throw new SovfnError('not-started', `node "${context.node}" is stopping`);
    const pauseMs = Math.round(this.#pause.remainingMs(performance.now()));
    if (pauseMs > 0) {
      const what = `the cells of tenant "${tenant}" crashed ${this.#pause.crashes} times`;
      throw new SovfnError('no-capacity', `${what}; the next one starts in ${pauseMs} ms`);
    }
    if (!hasRoomForCell()) throw new SovfnError('no-capacity', `node "${context.node}" has no memory left for a cell`);
  }

  #onEnded(cell: TenantCell, end: TenantCellEnd): void {
    this.#cells.delete(cell);
    this.#options.events.cellEnded(cell, end);
    if (end.kind === 'crashed') this.#pause.record(performance.now());
    if (end.kind === 'drained') return;
    for (const version of end.versions) this.#lost.set(versionKey(version), performance.now());
    const { outcome, limitValue, measured } = end;
    const { zone, tenant, context, announceDown } = this.#options;
    const down = { cell: cell.name, node: context.node, tenant, outcome, limitValue, measured };
    announceDown(zone, { v: PROTOCOL_VERSION, ...down }, end.unclaimed);
  }

  #growWhenBusy(busy: TenantCell): void {
    const { maxCells, hasFreeCore, hasRoomForCell } = this.#options;
    if (busy.busySeconds < BUSY_SECONDS || this.isStarting || this.#cells.size >= maxCells) return;
    if (hasFreeCore() && hasRoomForCell()) void this.#startBeside(busy);
  }

  /** A cell that holds what another one holds, or null when it could not be made. NATS then balances between both. */
  async #startBeside(cell: TenantCell): Promise<TenantCell | null> {
    try {
      const fresh = await this.#startShared();
      await Promise.all(
        [...cell.versions.values()].filter((held) => held.isUsable).map((held) => this.#copy(held, fresh)),
      );
      return fresh;
    } catch (error) {
      this.#options.events.cellNotAdded(cell, String(error));
      return null;
    }
  }

  /** A version that cannot be loaded is left out: its next call is placed anew and hears why. */
  async #copy(version: FunctionVersion, fresh: TenantCell): Promise<void> {
    const name = { tenant: fresh.tenant, function: version.function, version: version.version };
    try {
      await fresh.load(version, () => this.#options.prepare(name));
      await fresh.versions.get(versionKey(version))?.whenLoaded(LOADED_MS);
    } catch (error) {
      this.#options.events.versionRefused(fresh, version, 'not-started', String(error));
    }
  }

  /** NATS ends a connection when its credential expires; the cell is replaced before, with nothing lost. */
  #replaceBefore(cell: TenantCell, expiresAt: Date): void {
    const lifeMs = Math.max(0, expiresAt.getTime() - Date.now());
    const after = (part: number): NodeJS.Timeout => {
      const waitMs = Math.min(Math.max(lifeMs * part, SHORTEST_TIMER_MS), LONGEST_TIMER_MS);
      return setTimeout(() => void replace(), waitMs);
    };
    const replace = async (): Promise<void> => {
      if (!cell.isServing) return;
      const fresh = await this.#startBeside(cell);
      if (fresh !== null) return cell.drain(Math.max(0, expiresAt.getTime() - Date.now()));
      timer = after(RETRY_AFTER);
    };
    let timer = after(REPLACE_AT);
    void cell.ended.then(() => clearTimeout(timer));
  }
}

/**
 * Which cell of a tenant a version's call goes to: one that holds the version, else the one with the least to do. Null
 * when none serves. The place where functions will get cells of their own.
 */
export function chooseCell(cells: Iterable<TenantCell>, version: FunctionVersion): TenantCell | null {
  let best: TenantCell | null = null;
  for (const cell of cells) {
    if (!cell.isServing) continue;
    if (best === null || load(cell, version) < load(best, version)) best = cell;
  }
  return best;
}

function load(cell: TenantCell, version: FunctionVersion): number {
  return (cell.holds(version) ? 0 : LOADING_COST) + cell.inFlight;
}
