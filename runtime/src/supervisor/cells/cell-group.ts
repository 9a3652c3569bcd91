import { type CellDown, type FunctionLimits, PROBE_AFTER_MS, PROTOCOL_VERSION, SovfnError } from '@sovfn/protocol';
import type { NodeBindings } from '../bindings/node-bindings.ts';
import type { NodeBroker } from '../egress/node-broker.ts';
import type { VersionName } from '../code/bundle-store.ts';
import type { VersionCode } from '../code/version-code.ts';
import type { SupervisorEvents } from '../events.ts';
import { type AssignmentContext, assignCell } from './assignment.ts';
import type { CellPool } from './cell-pool.ts';
import { type CellLife, type Wear, wearOf } from './cell-life.ts';
import { chooseCell, type Lane, SHARED_LANE } from './choose-cell.ts';
import { CrashPause } from './crash-pause.ts';
import type { NodeReceipts } from '../receipts/node-receipts.ts';
import { replaceInTime } from './replace-in-time.ts';
import { HeavyVersions } from './heavy-versions.ts';
import { type FunctionVersion, type HeldVersion, versionKey } from './held-version.ts';
import { TenantCell, type TenantCellEnd } from './tenant-cell.ts';

export interface CellGroupOptions {
  readonly zone: string;
  readonly tenant: string;
  readonly pool: CellPool;
  readonly context: AssignmentContext;
  readonly nodeMemoryMb: number;
  readonly bindings: NodeBindings;
  readonly broker: NodeBroker;
  readonly receipts: NodeReceipts;
  /** Cells that the functions of one lane may have at a time, and lanes of heavy functions. */
  readonly maxCells: number;
  readonly maxHeavyLanes: number;
  readonly cellLife: CellLife;
  readonly events: SupervisorEvents;
  readonly prepare: (name: VersionName) => Promise<VersionCode>;
  readonly hasRoomForCell: () => boolean;
  readonly hasFreeCore: () => boolean;
  /** Tells the gateways that the calls of a cell have ended with it, and the logs of its functions. */
  readonly announceDown: (zone: string, down: CellDown, of: Pick<TenantCellEnd, 'versions' | 'unclaimed'>) => void;
}

/** Reports in a row with too many calls before another cell is started: a burst is over sooner. Seconds. */
const BUSY_SECONDS = 3;
/** A cell that is replaced for what it holds may come to hold it again: not more often than this. Milliseconds. */
const WORN_PAUSE_MS = 10 * 60_000;
/** Beyond the longest time that a call of a cell may take, when nothing else bounds its drain. Milliseconds. */
const DRAIN_MARGIN_MS = 5_000;
/** A call that a cell took down with it is asked for after PROBE_AFTER_MS; with a margin for the way. */
const REMEMBER_LOST_MS = PROBE_AFTER_MS + 1_000;
/** Wait for a version to be loaded in the new cell before the old one is let go. */
const LOADED_MS = 15_000;

/**
 * The cells of one tenant in one zone: one that its functions share while it is used, one more for each heavy function, and
 * further ones while it is busy.
 */
export class CellGroup {
  readonly #options: CellGroupOptions;
  readonly #cells = new Set<TenantCell>();
  readonly #pause = new CrashPause();
  /** Versions that went down with a cell, and when. */
  readonly #lost = new Map<string, number>();
  readonly #heavy = new HeavyVersions();
  readonly #starting = new Map<Lane, Promise<TenantCell>>();
  #wornAt = -Infinity;
  #isSeparating = false;
  #isStopping = false;

  constructor(options: CellGroupOptions) {
    this.#options = options;
  }

  get tenant(): string {
    return this.#options.tenant;
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

  /** Cells that are being started. */
  get starting(): number {
    return this.#starting.size;
  }

  /**
   * The cell for a call of a version. Throws SovfnError `no-capacity` (the node is full, or the tenant's cells crash
   * again and again) or `not-started`.
   */
  async cellFor(version: FunctionVersion, limits: FunctionLimits): Promise<TenantCell> {
    const lane = this.#heavy.laneOf(version, limits);
    const cell = chooseCell(this.#cells, version, lane);
    if (cell !== null) return cell;
    if (this.#mayOpen(lane)) return this.#startShared(lane);
    return chooseCell(this.#cells, version, SHARED_LANE) ?? this.#startShared(SHARED_LANE);
  }

  /** Forgets what it remembers of versions that nobody can call any more. */
  forget(isGone: (version: FunctionVersion) => boolean): void {
    this.#heavy.forget(isGone);
    for (const [key, at] of this.#lost) {
      if (performance.now() - at >= REMEMBER_LOST_MS) this.#lost.delete(key);
    }
  }

  /** Starts no cell any more; those there finish their calls, or are killed after `graceMs`. */
  async stop(graceMs: number): Promise<TenantCellEnd[]> {
    this.#isStopping = true;
    // A start that fails has told whoever waited for it.
    await Promise.allSettled(this.#starting.values());
    const cells = [...this.#cells];
    for (const cell of cells) cell.drain(graceMs);
    return Promise.all(cells.map((cell) => cell.ended));
  }

  /** One cell of a lane starts at a time; whoever needs one meanwhile gets the same. */
  #startShared(lane: Lane): Promise<TenantCell> {
    const starting = this.#starting.get(lane) ?? this.#start(lane).finally(() => this.#starting.delete(lane));
    this.#starting.set(lane, starting);
    return starting;
  }

  async #start(lane: Lane): Promise<TenantCell> {
    const { zone, tenant, pool, context, events, nodeMemoryMb, bindings, broker, receipts } = this.#options;
    this.#assertMayStart();
    const startedAt = performance.now();
    const process = await pool.take();
    const cell: TenantCell = new TenantCell({
      process,
      zone,
      tenant,
      lane,
      nodeMemoryMb,
      bindings,
      broker,
      onLoaded: (_cell, version, loadMs) => events.versionLoaded(cell, version, loadMs),
      onLoadFailed: (_cell, version, outcome, message) => events.versionRefused(cell, version, outcome, message),
      onStats: () => this.#onStats(cell),
      onStatements: (_cell, version, records, asked) =>
        receipts.add({ cell: cell.name, zone, tenant, ...version }, records, asked),
      onNearlyFull: () => events.cellNearlyFull(cell),
    });
    const expiresAt = await assignCell(process, { zone, tenant }, context, (message, tail) =>
      cell.onMessage(message, tail),
    );
    this.#cells.add(cell);
    void cell.ended.then((end) => this.#onEnded(cell, end));
    // NATS ends a connection when its credential expires; the cell is replaced before, with nothing lost.
    replaceInTime(cell, expiresAt, () => this.#startBeside(cell));
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
    this.#options.receipts.forget(cell.name);
    this.#options.events.cellEnded(cell, end);
    if (end.kind === 'crashed') this.#pause.record(performance.now());
    if (end.kind === 'drained') return;
    for (const version of end.versions) this.#lost.set(versionKey(version), performance.now());
    const { outcome, limitValue, measured } = end;
    const { zone, tenant, context, announceDown } = this.#options;
    const down = { cell: cell.name, node: context.node, tenant, outcome, limitValue, measured };
    announceDown(zone, { v: PROTOCOL_VERSION, ...down }, end);
  }

  #onStats(cell: TenantCell): void {
    if (!cell.isServing || this.#isStopping) return;
    this.#growWhenBusy(cell);
    this.#shrinkWhenQuiet(cell.lane);
    this.#replaceWhenWorn(cell);
    this.#separateHeavy(cell);
  }

  #growWhenBusy(busy: TenantCell): void {
    const { maxCells, hasFreeCore, hasRoomForCell } = this.#options;
    if (busy.reports.busySeconds < BUSY_SECONDS || this.#starting.has(busy.lane)) return;
    if (this.#serving(busy.lane).length >= maxCells) return;
    if (hasFreeCore() && hasRoomForCell()) void this.#startBeside(busy);
  }

  #shrinkWhenQuiet(lane: Lane): void {
    const cells = this.#serving(lane);
    if (cells.length < 2 || this.#starting.has(lane)) return;
    const { quietSeconds } = this.#options.cellLife;
    if (cells.every(({ reports }) => reports.quietSeconds >= quietSeconds)) this.#letGo(cells.at(-1)!, 'quiet');
  }

  #replaceWhenWorn(cell: TenantCell): void {
    const wear = wearOf(cell, this.#options.cellLife);
    if (wear === null || this.#starting.has(cell.lane) || performance.now() - this.#wornAt < WORN_PAUSE_MS) return;
    this.#wornAt = performance.now();
    void this.#startBeside(cell).then((fresh) => fresh !== null && this.#letGo(cell, wear));
  }

  /** A heavy function leaves a cell that others use: it is loaded in a cell of its own first, and let go of then. */
  #separateHeavy(cell: TenantCell): void {
    if (this.#isSeparating || cell.lane !== SHARED_LANE) return;
    const heavy = this.#heavy.guestOf(cell);
    if (heavy === null || !this.#mayOpen(heavy.function)) return;
    this.#isSeparating = true;
    void this.#separate(cell, heavy).finally(() => (this.#isSeparating = false));
  }

  async #separate(cell: TenantCell, heavy: HeldVersion): Promise<void> {
    try {
      const own = this.#serving(heavy.function)[0] ?? (await this.#startShared(heavy.function));
      if (!(await this.#copy(heavy, own))) return;
      cell.evict(heavy);
      this.#options.events.versionEvicted(cell, heavy, 'heavy');
    } catch (error) {
      this.#options.events.cellNotAdded(cell, String(error));
    }
  }

  #mayOpen(lane: Lane): boolean {
    if (lane === SHARED_LANE || this.#starting.has(lane) || this.#serving(lane).length > 0) return true;
    const lanes = new Set([...this.#cells].map((cell) => cell.lane).concat([...this.#starting.keys()]));
    lanes.delete(SHARED_LANE);
    return lanes.size < this.#options.maxHeavyLanes && this.#options.hasRoomForCell();
  }

  #serving(lane: Lane): TenantCell[] {
    return [...this.#cells].filter((cell) => cell.isServing && cell.lane === lane);
  }

  #letGo(cell: TenantCell, reason: 'quiet' | Wear): void {
    this.#options.events.cellLetGo(cell, reason);
    cell.drain(cell.longestCallMs + DRAIN_MARGIN_MS);
  }

  /** A cell that holds what another one holds, or null when it could not be made. NATS then balances between both. */
  async #startBeside(cell: TenantCell): Promise<TenantCell | null> {
    try {
      const fresh = await this.#startShared(cell.lane);
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
  async #copy(version: FunctionVersion, fresh: TenantCell): Promise<boolean> {
    const name = { tenant: fresh.tenant, function: version.function, version: version.version };
    try {
      await fresh.load(version, () => this.#options.prepare(name));
      await fresh.versions.get(versionKey(version))?.whenLoaded(LOADED_MS);
      return true;
    } catch (error) {
      this.#options.events.versionRefused(fresh, version, 'not-started', String(error));
      return false;
    }
  }
}
