/**
 * How much waits for each function, known without asking each time: it is counted in the background at most once in LOOK_MS,
 * and what was stored here since is added. So a bound on it is passed by what several processes store within that time, and
 * by no more.
 */
import type { FunctionAddress } from '@sovfn/protocol';

export interface Counted {
  readonly waiting: number;
}

export interface WaitingCountsOptions<Count extends Counted> {
  readonly count: (of: FunctionAddress) => Promise<Count>;
  /** The count failed: the last one stays. */
  readonly onFailed: (error: unknown) => void;
  readonly now?: () => number;
}

export interface KnownWaiting<Count extends Counted> {
  /** The last count; null: there was none yet. */
  readonly counted: Count | null;
  /** With what was stored here since. */
  readonly waiting: number;
}

interface Entry<Count> {
  counted: Count | null;
  storedSince: number;
  /** On the clock of `now`; the count is under way until then. */
  nextLookAt: number;
}

const LOOK_MS = 1_000;

export class WaitingCounts<Count extends Counted> {
  readonly #options: WaitingCountsOptions<Count>;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry<Count>>();

  constructor(options: WaitingCountsOptions<Count>) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** What is known now; starts a new count when it is old. */
  look(of: FunctionAddress): KnownWaiting<Count> {
    const entry = this.#entry(of);
    if (this.#now() >= entry.nextLookAt) this.#count(of, entry);
    const { counted, storedSince } = entry;
    return { counted, waiting: (counted?.waiting ?? 0) + storedSince };
  }

  noteStored(of: FunctionAddress, stored: number): void {
    this.#entry(of).storedSince += stored;
  }

  #count(of: FunctionAddress, entry: Entry<Count>): void {
    entry.nextLookAt = Number.POSITIVE_INFINITY;
    const storedBefore = entry.storedSince;
    this.#options.count(of).then(
      (counted) => {
        entry.counted = counted;
        entry.storedSince -= storedBefore;
        entry.nextLookAt = this.#now() + LOOK_MS;
        // A function for which nothing waits is forgotten, so that the map holds the active ones only.
        if (counted.waiting + entry.storedSince === 0) this.#entries.delete(keyOf(of));
      },
      (error: unknown) => {
        entry.nextLookAt = this.#now() + LOOK_MS;
        this.#options.onFailed(error);
      },
    );
  }

  #entry(of: FunctionAddress): Entry<Count> {
    const key = keyOf(of);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { counted: null, storedSince: 0, nextLookAt: 0 };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}

const keyOf = ({ zone, tenant, function: name }: FunctionAddress): string => `${zone}.${tenant}.${name}`;
