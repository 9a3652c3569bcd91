import { SovfnError } from '@sovfn/protocol';
import { LOCK_LEVEL_PROCESS, type LockLevel } from '../../channel/lock-level.ts';
import type { CellProcess } from './cell-process.ts';

export interface CellPoolOptions {
  /** Cells kept ready. */
  readonly size: number;
  readonly start: () => CellProcess;
  /** A cell ended before it had a tenant. */
  readonly onLost: (reason: string) => void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Cells that have no tenant yet, started ahead because starting takes a tenth of a second. A cell leaves the pool once
 * and never comes back: what a tenant's code may have touched is not given to another.
 */
export class CellPool {
  readonly #options: CellPoolOptions;
  readonly #cells: CellProcess[] = [];
  #pauseMs = FIRST_PAUSE_MS;
  #refill: NodeJS.Timeout | null = null;
  #isClosed = false;
  #lockLevel: LockLevel = LOCK_LEVEL_PROCESS;

  constructor(options: CellPoolOptions) {
    this.#options = options;
    this.fill();
  }

  /** Of the cell that became ready last; the lowest until one has. All cells of a node are started in the same way. */
  get lockLevel(): LockLevel {
    return this.#lockLevel;
  }

  /** Starts as many cells as are missing. */
  fill(): void {
    if (this.#isClosed || this.#refill !== null) return;
    try {
      while (this.#cells.length < this.#options.size) this.#add();
    } catch (error) {
      this.#options.onLost(String(error));
      this.#fillLater();
    }
  }

  /**
   * A ready cell, started now when none is there. The caller owns it, and calls `fill` when there is time for it.
   * Throws SovfnError `not-started`.
   */
  async take(): Promise<CellProcess> {
    if (this.#isClosed) throw new SovfnError('not-started', 'the supervisor is stopping');
    const cell = this.#cells.shift() ?? this.#options.start();
    await cell.ready;
    this.#lockLevel = cell.lockLevel;
    this.#pauseMs = FIRST_PAUSE_MS;
    return cell;
  }

  /** Kills the cells that nobody took, and resolves when they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#refill !== null) clearTimeout(this.#refill);
    const cells = this.#cells.splice(0);
    for (const cell of cells)
      cell.kill({ outcome: 'cell-lost', limitValue: null, measured: null, reason: 'not needed' });
    await Promise.all(cells.map((cell) => cell.ended));
  }

  #add(): void {
    const cell = this.#options.start();
    this.#cells.push(cell);
    // A cell that never gets ready says why by `ended`.
    void cell.ready.then(
      () => (this.#lockLevel = cell.lockLevel),
      () => undefined,
    );
    void cell.ended.then(({ reason }) => this.#onEnded(cell, reason));
  }

  #onEnded(cell: CellProcess, reason: string): void {
    const index = this.#cells.indexOf(cell);
    if (index < 0) return;
    this.#cells.splice(index, 1);
    this.#options.onLost(reason);
    this.#fillLater();
  }

  /** What makes an idle cell die (no memory, a broken installation) does not pass within a millisecond. */
  #fillLater(): void {
    if (this.#isClosed || this.#refill !== null) return;
    this.#refill = setTimeout(() => {
      this.#refill = null;
      this.fill();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
