import { flattenLogBatch, type LogBatch, type LogEvent } from '@sovfn/protocol';
import type { LogPlace, LogPosition } from '../../archive/log-place.ts';
import type { StoredBatch } from './zone-log.ts';

/** Versions and sources whose numbers are remembered. */
const MOST_SOURCES = 1_000;

export interface PositionedEntry {
  readonly event: LogEvent;
  /** Behind the entry. */
  readonly next: LogPosition;
}

export interface ReadBatch {
  /** Entries that are missing before these: their numbers were never stored. */
  readonly missing: number;
  readonly entries: readonly PositionedEntry[];
  /** Entries that are missing behind them. */
  readonly dropped: number;
  /** Behind all of it. */
  readonly next: LogPosition;
}

/** Takes the batches of one zone apart, and sees by their numbers where some are missing. */
export class EntryReader {
  readonly #zone: string;
  readonly #place: LogPlace;
  /** Number that comes next, by version and source. */
  readonly #expected = new Map<string, number>();

  constructor(zone: string, place: LogPlace) {
    this.#zone = zone;
    this.#place = place;
  }

  read({ sequence, storedAt: stored, batch }: StoredBatch): ReadBatch {
    const missing = this.#countMissing(batch);
    const { start } = this.#place;
    const isPartlyRead = sequence === start.sequence && this.#place.from === sequence;
    const skip = isPartlyRead ? start.skip : 0;
    const events = flattenLogBatch(this.#zone, batch);
    const storedAt = stored.getTime();
    const next = { sequence: sequence + 1, skip: 0, storedAt };
    const entries = events.map((event, index) => {
      const isLast = index === events.length - 1 && batch.dropped === 0;
      return { event, next: isLast ? next : { sequence, skip: index + 1, storedAt } };
    });
    return { missing, entries: entries.slice(skip), dropped: batch.dropped, next };
  }

  /** A cell that loads a version anew counts from zero again. */
  #countMissing({ version, source, first, entries, dropped }: LogBatch): number {
    const key = `${version} ${source}`;
    const expected = this.#expected.get(key);
    this.#expected.delete(key);
    this.#expected.set(key, first + entries.length + dropped);
    const [oldest] = this.#expected.keys();
    if (this.#expected.size > MOST_SOURCES) this.#expected.delete(oldest!);
    return expected === undefined || first < expected ? 0 : first - expected;
  }
}
