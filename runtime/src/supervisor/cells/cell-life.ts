import type { TenantCell } from './tenant-cell.ts';

/** When a cell that nothing forces to end should go all the same. */
export interface CellLife {
  /** Reports (one a second) in a row with few calls in each cell of a lane, before one of several goes. */
  readonly quietSeconds: number;
  /** Isolates made in a process, spare ones included, after which it is replaced: each leaves some memory behind. */
  readonly mostIsolates: number;
  /** Calls that a process has started, after which it is replaced. */
  readonly mostCalls: number;
  /** Reports in a row at which a cell was nearly full, after which it is replaced. */
  readonly fullSeconds: number;
}

export const CELL_LIFE: CellLife = {
  quietSeconds: 60,
  mostIsolates: 2_000,
  mostCalls: 10_000_000,
  fullSeconds: 10,
};

export type Wear = 'isolates' | 'calls' | 'memory';

/** Why another process should take over, or null: what a cell made and held leaves traces, which end with its process. */
export function wearOf({ reports }: Pick<TenantCell, 'reports'>, life: CellLife): Wear | null {
  if (reports.isolatesMade >= life.mostIsolates) return 'isolates';
  if (reports.callsStarted >= life.mostCalls) return 'calls';
  return reports.fullSeconds >= life.fullSeconds ? 'memory' : null;
}
