import type { HeldVersion } from './held-version.ts';

/** What the versions that are loaded may hold together, so that they come ready: MiB. */
export interface WarmMemory {
  readonly nodeMb: number;
  readonly cellMb: number;
}

/** Parts of a node's memory; what is left is for calls under way and for the processes themselves. */
const NODE_SHARE = 1 / 2;
const CELL_SHARE = 1 / 3;
/** A version that was called within this is in use. Cells report once a second. Milliseconds. */
const IN_USE_MS = 2_000;

export function warmMemoryOf(nodeMemoryMb: number): WarmMemory {
  return { nodeMb: nodeMemoryMb * NODE_SHARE, cellMb: nodeMemoryMb * CELL_SHARE };
}

/**
 * The versions to let go of so that those left hold no more than `mostMb`: first those called longest ago. Never one that
 * is in use, so more may be left than that.
 */
export function leastUsed<H extends { readonly version: Pick<HeldVersion, 'heldMb' | 'usedAt' | 'isIdle'> }>(
  held: readonly H[],
  mostMb: number,
): H[] {
  let excessMb = held.reduce((total, { version }) => total + version.heldMb, -mostMb);
  const chosen: H[] = [];
  for (const entry of held.toSorted((a, b) => a.version.usedAt - b.version.usedAt)) {
    if (excessMb <= 0) break;
    if (!entry.version.isIdle(IN_USE_MS)) continue;
    chosen.push(entry);
    excessMb -= entry.version.heldMb;
  }
  return chosen;
}
