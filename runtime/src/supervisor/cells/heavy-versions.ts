import { type FunctionLimits, HEAVY_CPU_MS } from '@sovfn/protocol';
import { type Lane, SHARED_LANE } from './choose-cell.ts';
import { type FunctionVersion, type HeldVersion, versionKey } from './held-version.ts';
import type { TenantCell } from './tenant-cell.ts';

/** Versions of one tenant whose calls hold the thread of a cell for long: by their limits, or because it was measured. */
export class HeavyVersions {
  readonly #measured = new Map<string, FunctionVersion>();

  laneOf(version: FunctionVersion, limits: FunctionLimits): Lane {
    const isHeavy = limits.cpuMs >= HEAVY_CPU_MS || this.#measured.has(versionKey(version));
    return isHeavy ? version.function : SHARED_LANE;
  }

  /** A heavy version in a cell that other functions use as well; null when there is none. */
  guestOf(cell: TenantCell): HeldVersion | null {
    const held = [...cell.versions.values()].filter(({ isLoaded }) => isLoaded);
    const heavy = held.find(({ isHeavy }) => isHeavy);
    if (heavy === undefined || held.every((version) => version.function === heavy.function)) return null;
    this.#measured.set(versionKey(heavy), { function: heavy.function, version: heavy.version });
    return heavy;
  }

  forget(isGone: (version: FunctionVersion) => boolean): void {
    for (const [key, version] of this.#measured) if (isGone(version)) this.#measured.delete(key);
  }
}
