/** Redrives or purges the dead letters of a function that a filter fits, a page at a time. */
import { isSovfnError, type SovfnError } from '@sovfn/protocol';
import { addressesOf, type FunctionInZones } from '../history/event-list.ts';
import type { EventStreams } from '../history/event-streams.ts';
import { readInOrder } from '../history/read-in-order.ts';
import type { Replayed, ReplayedPage, Skipped } from '../replay/event-replay.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type LetterRange, listLetters } from './letter-list.ts';

export interface ManyLettersOptions {
  readonly streams: EventStreams;
  readonly letters: DeadLetters;
}

export interface PurgedPage {
  readonly purged: readonly string[];
  /** Where to go on; null: there are no older ones. */
  readonly next: string | null;
}

/** What is so for one letter, and need not be for the next. */
const OF_ONE_LETTER: ReadonlySet<string> = new Set(['event-not-kept', 'residency-unsatisfied']);

/** Throws like `DeadLetters.redrive`; what it has done by then stays done. */
export async function redriveMany(
  { streams, letters }: ManyLettersOptions,
  of: FunctionInZones,
  range: LetterRange,
): Promise<ReplayedPage> {
  const { items, next } = await listLetters(streams, of, range);
  const results = await readInOrder(items, async ({ event }): Promise<Replayed | Skipped | null> => {
    try {
      const accepted = await inItsZone(of, event, async (address) => letters.redrive(address));
      return accepted === null ? null : { event, replay: accepted.id };
    } catch (error) {
      if (!isSovfnError(error) || !OF_ONE_LETTER.has(error.code)) throw error;
      return { event, code: error.code, reason: error.message };
    }
  });
  const redriven = results.filter((result) => result !== null);
  return {
    replayed: redriven.filter((result) => 'replay' in result),
    skipped: redriven.filter((result) => 'code' in result),
    next,
  };
}

/** Letters that cannot be read fit no filter: they go when all go. */
export async function purgeMany(
  { streams, letters }: ManyLettersOptions,
  of: FunctionInZones,
  range: LetterRange,
): Promise<PurgedPage> {
  const { items, damaged, next } = await listLetters(streams, of, range);
  const isAll = [range.trigger, range.source, range.outcome, range.from, range.to].every((wanted) => wanted === null);
  const wanted = [...items.map(({ event }) => event), ...(isAll ? damaged : [])];
  const purged = await readInOrder(wanted, async (event) => {
    const done = await inItsZone(of, event, async (address) => {
      await letters.purge(address);
      return true;
    });
    return done === true ? event : null;
  });
  return { purged: purged.filter((event) => event !== null), next };
}

/** A letter lies in one zone. Null: in none any more, because somebody else was faster. */
async function inItsZone<T>(
  of: FunctionInZones,
  event: string,
  act: (address: { zone: string; tenant: string; function: string; event: string }) => Promise<T>,
): Promise<T | null> {
  for (const address of addressesOf(of)) {
    try {
      return await act({ ...address, event });
    } catch (error) {
      if (!isLetterNotFound(error)) throw error;
    }
  }
  return null;
}

function isLetterNotFound(error: unknown): error is SovfnError {
  return isSovfnError(error) && error.code === 'letter-not-found';
}
