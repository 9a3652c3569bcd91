/**
 * Several calls in one entry: which may share one, whose turn it is inside, and when the entry has lasted long enough. An entry
 * costs more than a plain call does in it.
 *
 * Guarantees: calls begin in their order; each has, from its turn on, the time that it would have in an entry of its own. A function
 * shares entries only after it has shown that it leaves no rejected promise behind: such a rejection comes out of the entry as a
 * whole, one for each entry, so of a shared one nobody can tell whose it is. The first one ends the sharing.
 */
import { HEAD_SEPARATOR } from '../../bridge/contract.ts';
import type { ServedCall } from '../call.ts';
import { HANDLER_OF } from './handlers.ts';
import { headOf } from './isolate-calls.ts';

/** Calls, each with its own entry, that come first. */
const TRIALS = 100;

export class SharedEntries {
  /** The guest was given what it takes. */
  isOpen = false;
  #trials = 0;
  #isOver = false;
  #calls: readonly ServedCall[] = [];
  #begun = 0;
  #lastBeginAt = 0;

  /** A call has entered alone. */
  tried(): void {
    this.#trials++;
  }

  /** Calls of this function enter alone from now on. */
  end(): void {
    this.#isOver = true;
  }

  /** How many calls, from the first on, may share an entry: 1 when it enters alone. */
  lengthOf(calls: readonly ServedCall[]): number {
    if (this.#isOver || this.#trials < TRIALS) return 1;
    const at = calls.findIndex((call) => !isPlain(call));
    return Math.max(at === -1 ? calls.length : at, 1);
  }

  /** The entry of these calls begins; none of them begins in it after `mostMs`. Returns the heads that it takes. */
  start(calls: readonly ServedCall[], mostMs: number): string {
    this.#calls = calls;
    this.#begun = 0;
    this.#lastBeginAt = performance.now() + mostMs;
    return calls.map(headOf).join(HEAD_SEPARATOR);
  }

  /** Whose turn it is; null: the entry has lasted long enough. */
  next(): ServedCall | null {
    if (this.#begun > 0 && performance.now() > this.#lastBeginAt) return null;
    return this.#calls[this.#begun++] ?? null;
  }

  /** The entry is over. Returns the calls that it was of. */
  finish(): readonly ServedCall[] {
    const begun = this.#calls.slice(0, this.#begun);
    this.#calls = [];
    return begun;
  }
}

function isPlain({ call }: ServedCall): boolean {
  const { trigger, body, streamed, url, headers } = call;
  const isWhole = body.length === 0 && !streamed;
  return (
    HANDLER_OF[trigger] === 'fetch' && isWhole && !url.includes(HEAD_SEPARATOR) && !headers.includes(HEAD_SEPARATOR)
  );
}
