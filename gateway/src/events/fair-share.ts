/**
 * Keeps a function that has much to do from standing in the way of those that have little, in what all share: this gateway's
 * thread, the bus's synced writes, the processors. A function that comes alone has all places that it asks for. While others
 * come too, each has at most `most`; what is more waits here, in the order in which it came, and not in front of the others.
 *
 * Guarantees: whoever waits is let in at the latest when those of its group that are inside have left. Each gateway decides by
 * what it sees itself. Nothing sleeps inside: whoever waits for something that is not shared leaves meanwhile.
 */
import { untilTurn } from './until-turn.ts';

export interface FairShareOptions {
  /** Places of one function beside others. */
  readonly most: number;
  /** Milliseconds that only go forward. */
  readonly now?: () => number;
}

interface Group {
  inside: number;
  readonly waiting: (() => void)[];
}

interface Seen {
  readonly group: string;
  at: number;
}

/** After a function has come or left, the others go on sharing for this long. Milliseconds. */
export const SHARING_MS = 1_000;

export class FairShare {
  readonly #most: number;
  readonly #now: () => number;
  /** Of functions that have somebody inside. */
  readonly #groups = new Map<string, Group>();
  #last: Seen | null = null;
  /** The last one of another group than `#last`. */
  #lastOther: Seen | null = null;

  constructor({ most, now = () => performance.now() }: FairShareOptions) {
    this.#most = most;
    this.#now = now;
  }

  /** Resolves with the function that leaves; to be called at least once. Throws what `signal` is aborted with. */
  async enter(name: string, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    this.#note(name);
    const group = this.#groups.get(name) ?? { inside: 0, waiting: [] };
    this.#groups.set(name, group);
    if (group.waiting.length === 0 && this.#hasPlace(name, group)) group.inside++;
    else await untilLetIn(group, signal);
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#leave(name, group);
    };
  }

  #leave(name: string, group: Group): void {
    this.#note(name);
    group.inside--;
    while (group.waiting.length > 0 && this.#hasPlace(name, group)) {
      group.inside++;
      group.waiting.shift()!();
    }
    if (group.inside === 0) this.#groups.delete(name);
  }

  #hasPlace(name: string, { inside }: Group): boolean {
    return inside < this.#most || !this.#isShared(name);
  }

  /** Is another one inside, or was it lately? To be asked of one that is in `#groups`. */
  #isShared(name: string): boolean {
    if (this.#groups.size > 1) return true;
    const other = this.#last?.group === name ? this.#lastOther : this.#last;
    return other !== null && this.#now() - other.at < SHARING_MS;
  }

  #note(group: string): void {
    const at = this.#now();
    if (this.#last?.group === group) {
      this.#last.at = at;
      return;
    }
    this.#lastOther = this.#last;
    this.#last = { group, at };
  }
}

/** Whoever is let in has been counted as inside. */
async function untilLetIn({ waiting }: Group, signal: AbortSignal | undefined): Promise<void> {
  const leave = (turn: () => void): void => {
    const at = waiting.indexOf(turn);
    if (at !== -1) waiting.splice(at, 1);
  };
  await untilTurn({ join: (turn) => void waiting.push(turn), leave }, signal);
}
