import type { FunctionVersion } from './held-version.ts';
import type { TenantCell } from './tenant-cell.ts';

/** Who may use a cell: all functions of the tenant that are not heavy, or the one heavy function that is named. */
export type Lane = string | null;
export const SHARED_LANE: Lane = null;

/** Loading a version in a further cell is worth it when this many calls fewer are in flight there. */
const LOADING_COST = 32;

/**
 * Which cell of a tenant a version's call goes to: of its lane or holding it already; among these one that holds it, else
 * the one with the least to do. Null when none serves.
 */
export function chooseCell(cells: Iterable<TenantCell>, version: FunctionVersion, lane: Lane): TenantCell | null {
  let best: TenantCell | null = null;
  for (const cell of cells) {
    if (!cell.isServing || (cell.lane !== lane && !cell.holds(version))) continue;
    if (best === null || load(cell, version) < load(best, version)) best = cell;
  }
  return best;
}

function load(cell: TenantCell, version: FunctionVersion): number {
  return (cell.holds(version) ? 0 : LOADING_COST) + cell.reports.inFlight;
}
