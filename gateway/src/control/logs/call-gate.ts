import type { LogEvent } from '@sovfn/protocol';
import { fitsCall, fitsEntry, type LogFilter, needsEnd } from './log-filter.ts';

/** What a gate lets through; `unmatched`: lines that were given up before their call's end came. */
export interface Passed {
  readonly entries: readonly LogEvent[];
  readonly unmatched: number;
}

/** Of text that waits for the end of its call. Characters. */
const HELD_CHARACTERS = 1024 * 1024;
const NOTHING: Passed = { entries: [], unmatched: 0 };

/**
 * Lets the entries of a log through that were asked for. Where the end of a call must be known for that, it holds each call's
 * lines until then, within HELD_CHARACTERS: beyond that the lines that have waited longest are given up, and counted.
 */
export class CallGate {
  readonly #filter: LogFilter;
  /** Lines by invocation, the one that has waited longest first. */
  readonly #held = new Map<string, LogEvent[]>();
  #characters = 0;

  constructor(filter: LogFilter) {
    this.#filter = filter;
  }

  pass(entry: LogEvent): Passed {
    const { event } = this.#filter;
    if (event !== undefined && entry.event !== null && entry.event !== event) return NOTHING;
    const isFitting = fitsEntry(entry, this.#filter);
    if (!needsEnd(entry, this.#filter)) return isFitting ? { entries: [entry], unmatched: 0 } : NOTHING;
    if (entry.invocation === null) return NOTHING;
    if (entry.end === null) return isFitting ? this.#hold(entry.invocation, entry) : NOTHING;
    const lines = this.#release(entry.invocation);
    if (!fitsCall(entry, entry.end, this.#filter)) return NOTHING;
    return { entries: isFitting ? [...lines, entry] : lines, unmatched: 0 };
  }

  #hold(invocation: string, line: LogEvent): Passed {
    const lines = this.#held.get(invocation) ?? [];
    lines.push(line);
    this.#held.set(invocation, lines);
    this.#characters += line.text.length;
    let unmatched = 0;
    for (const oldest of this.#held.keys()) {
      if (this.#characters <= HELD_CHARACTERS) break;
      unmatched += this.#release(oldest).length;
    }
    return { entries: [], unmatched };
  }

  #release(invocation: string): LogEvent[] {
    const lines = this.#held.get(invocation) ?? [];
    this.#held.delete(invocation);
    for (const { text } of lines) this.#characters -= text.length;
    return lines;
  }
}
