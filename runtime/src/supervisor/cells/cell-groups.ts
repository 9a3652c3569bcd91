import type { VersionName } from '../code/bundle-store.ts';
import { CellGroup, type CellGroupOptions } from './cell-group.ts';
import { lost } from './cell-end.ts';
import type { HeldVersion } from './held-version.ts';
import { CELL_START_MB, type TenantCell } from './tenant-cell.ts';
import { leastUsed, type WarmMemory } from './warm-memory.ts';

export interface CellGroupsOptions extends Omit<
  CellGroupOptions,
  'zone' | 'tenant' | 'hasRoomForCell' | 'hasFreeCore' | 'maxCells' | 'maxHeavyLanes'
> {
  /** Processors that cells may keep busy. */
  readonly cores: number;
  /** Is the version still one of its function's? */
  readonly isDeployed: (name: VersionName) => boolean;
  /** A version or an empty cell that nobody has used for this long is let go. Milliseconds. */
  readonly idleMs: number;
  /** Beyond it, the versions called longest ago are let go. */
  readonly warmMemory: WarmMemory;
  /** The node has become full, or has room again. */
  readonly onRoomChanged: (hasRoom: boolean) => void;
}

const LOOK_MS = 1_000;
/** When memory is short, what has been idle for this long goes. Milliseconds. */
const SHORT_IDLE_MS = 10_000;
/** Longest wait for an idle cell to leave: it has nothing to finish. */
const IDLE_DRAIN_MS = 10_000;

/** All assigned cells of the node, by zone and tenant, within the node's memory. */
export class CellGroups {
  readonly #options: CellGroupsOptions;
  readonly #groups = new Map<string, CellGroup>();
  readonly #timer: NodeJS.Timeout;
  #hasRoom = true;
  #isClosing = false;

  constructor(options: CellGroupsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  group(zone: string, tenant: string): CellGroup {
    const key = `${zone}/${tenant}`;
    const group = this.#groups.get(key) ?? this.#make(zone, tenant);
    this.#groups.set(key, group);
    return group;
  }

  *cells(): IterableIterator<TenantCell> {
    for (const group of this.#groups.values()) yield* group.cells;
  }

  /** Lets go of versions that a deploy has pushed out of their function's record, or whose function was deleted. */
  evictUndeployed(): void {
    const { isDeployed } = this.#options;
    const isUndeployed = ({ tenant }: TenantCell, { function: name, version }: HeldVersion): boolean =>
      !isDeployed({ tenant, function: name, version });
    this.#evict(isUndeployed, 'undeployed');
    for (const group of this.#groups.values()) {
      const { tenant } = group;
      group.forget(({ function: name, version }) => !isDeployed({ tenant, function: name, version }));
    }
  }

  /** Lets the cells finish their calls, kills those that have not after `graceMs`, and returns how many those were. */
  async close(graceMs: number): Promise<number> {
    clearInterval(this.#timer);
    this.#isClosing = true;
    const ends = await Promise.all([...this.#groups.values()].map((group) => group.stop(graceMs)));
    return ends.flat().filter((end) => end.kind === 'crashed').length;
  }

  #make(zone: string, tenant: string): CellGroup {
    const { cores } = this.#options;
    const group = new CellGroup({
      ...this.#options,
      zone,
      tenant,
      maxCells: Math.max(1, cores - 1),
      maxHeavyLanes: cores,
      hasRoomForCell: () => this.#freeMb >= CELL_START_MB,
      hasFreeCore: () => [...this.cells()].filter((cell) => cell.reports.busySeconds > 0).length < cores,
    });
    // A call that was on its way to a node which drains: the group starts no cell for it.
    if (this.#isClosing) void group.stop(0);
    return group;
  }

  #look(): void {
    this.#relieveMemory();
    // Once more, for those that were still loading when their record changed.
    this.evictUndeployed();
    this.#evictLeastUsed();
    this.#evictIdle(this.#hasRoom ? this.#options.idleMs : Math.min(SHORT_IDLE_MS, this.#options.idleMs));
    const hasRoom = this.#freeMb >= CELL_START_MB;
    if (hasRoom !== this.#hasRoom) this.#options.onRoomChanged(hasRoom);
    this.#hasRoom = hasRoom;
  }

  #evictIdle(idleMs: number): void {
    this.#evict((_cell, version) => version.isIdle(idleMs), 'idle');
    for (const cell of this.cells()) {
      if (cell.isIdle(idleMs)) cell.drain(IDLE_DRAIN_MS);
    }
  }

  #evictLeastUsed(): void {
    const { nodeMb, cellMb } = this.#options.warmMemory;
    for (const cell of this.cells()) this.#evictDownTo(cellMb, [cell]);
    this.#evictDownTo(nodeMb, [...this.cells()]);
  }

  #evictDownTo(mostMb: number, cells: readonly TenantCell[]): void {
    const held = cells.flatMap((cell) =>
      [...cell.versions.values()].filter(({ isUsable }) => isUsable).map((version) => ({ cell, version })),
    );
    for (const { cell, version } of leastUsed(held, mostMb)) {
      cell.evict(version);
      this.#options.events.versionEvicted(cell, version, 'memory');
    }
  }

  #evict(isUnwanted: (cell: TenantCell, version: HeldVersion) => boolean, reason: 'idle' | 'undeployed'): void {
    for (const cell of this.cells()) {
      for (const version of cell.versions.values()) {
        if (!version.isLoaded || !isUnwanted(cell, version)) continue;
        cell.evict(version);
        this.#options.events.versionEvicted(cell, version, reason);
      }
    }
  }

  /** All cells together are over the node's memory although each is within its own budget: the largest one goes. */
  #relieveMemory(): void {
    if (this.#freeMb >= 0) return;
    const { nodeMemoryMb, events } = this.#options;
    events.memoryFull(this.#usedMb, nodeMemoryMb);
    const [largest] = [...this.cells()].toSorted((a, b) => b.rssMb - a.rssMb);
    if (largest === undefined) return;
    const reason = `the largest cell of a node that uses ${Math.round(this.#usedMb)} MiB; ${nodeMemoryMb} are allowed`;
    const measured = Math.round(largest.rssMb);
    largest.kill({ ...lost(reason), outcome: 'exceeded-memory', limitValue: nodeMemoryMb, measured });
  }

  get #freeMb(): number {
    return this.#options.nodeMemoryMb - this.#usedMb;
  }

  /** A cell that is starting is counted as what a new one takes. */
  get #usedMb(): number {
    let used = 0;
    for (const group of this.#groups.values()) {
      used += group.starting * CELL_START_MB;
      for (const cell of group.cells) used += cell.rssMb;
    }
    return used;
  }
}
