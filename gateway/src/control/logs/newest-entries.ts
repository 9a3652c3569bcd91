import type { LogEvent, LogHistory } from '@sovfn/protocol';

interface KeptEntry {
  readonly event: LogEvent;
  /** Entries of its zone that are missing before it. Null: nobody knows how many. */
  readonly missing: number | null;
}

/** What the entries of one answer may hold. Characters of text; `logHistorySchema` names it. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Keeps the entries that came last, within a number and an amount of text, and how many are missing between them. */
export class NewestEntries {
  readonly #limit: number;
  #kept: KeptEntry[] = [];
  #characters = 0;
  #begin = 0;
  #hasOlder = false;
  /** Missing before the next entry, by zone. */
  readonly #missing = new Map<string, number | null>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(event: LogEvent): void {
    this.#kept.push({ event, missing: this.#missingIn(event.zone) });
    this.#missing.delete(event.zone);
    this.#characters += event.text.length;
    while (this.#kept.length - this.#begin > this.#limit || this.#characters > MOST_CHARACTERS) {
      this.#characters -= this.#kept[this.#begin++]!.event.text.length;
      this.#hasOlder = true;
    }
    if (this.#begin > this.#limit) {
      this.#kept = this.#kept.slice(this.#begin);
      this.#begin = 0;
    }
  }

  /** Null: nobody knows how many. */
  addGap(zone: string, count: number | null): void {
    if (count !== 0) this.#missing.set(zone, sumOf(this.#missingIn(zone), count));
  }

  /** By time: zones are read one beside the other. */
  inOrder(): Omit<LogHistory, 'v'> {
    const kept = this.#kept.slice(this.#begin);
    kept.sort(({ event: a }, { event: b }) => (a.time < b.time ? -1 : Number(a.time > b.time)));
    const between = kept.map(({ missing }, before) => ({ before, count: missing }));
    const behind = [...this.#missing.values()].reduce<number | null>(sumOf, 0);
    const gaps = [...between, { before: kept.length, count: behind }].filter(({ count }) => count !== 0);
    return { entries: kept.map(({ event }) => event), gaps, hasOlder: this.#hasOlder };
  }

  #missingIn(zone: string): number | null {
    return this.#missing.get(zone) ?? (this.#missing.has(zone) ? null : 0);
  }
}

function sumOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
