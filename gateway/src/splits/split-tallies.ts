import { functionKey, type FunctionRecord } from '@sovfn/protocol';
import type { TallyPair } from './verdict.ts';
import { VersionTally } from './version-tally.ts';

interface Tallied extends TallyPair {
  readonly split: string;
}

/** The counts of watched splits: they last as long as the split does, however often the function's record is written. */
export class SplitTallies {
  readonly #byFunction = new Map<string, Tallied>();

  /** Null for a function without a watched split. */
  of(record: FunctionRecord): TallyPair | null {
    const key = functionKey(record.tenant, record.name);
    const split = nameOfSplit(record);
    if (split === null) {
      this.#byFunction.delete(key);
      return null;
    }
    const known = this.#byFunction.get(key);
    if (known?.split === split) return known;
    const tallied = { split, current: new VersionTally(), other: new VersionTally() };
    this.#byFunction.set(key, tallied);
    return tallied;
  }

  /** The function was deleted. `key`: that of its record. */
  forget(key: string): void {
    this.#byFunction.delete(key);
  }
}

/** Tells one watched split of a function from another; null: there is none. */
export function nameOfSplit({ current, split }: FunctionRecord): string | null {
  if (split === null || split.watchedUntil === null) return null;
  return `${current} ${split.version} ${split.startedAt}`;
}
