/**
 * Watches one cell from outside: its watch thread's reports on a pipe, and its memory in /proc.
 *
 * Guarantees: an overrun entry, SILENCE_MS without a report, memory over the budget (seen every LOOK_MS), or a byte that
 * is no report is told to the owner, who kills. Does not guarantee that memory never passes the budget between two looks.
 * Hostile: the bytes on the pipe; the cell is tenant territory.
 */
import type { Readable } from 'node:stream';
import { WATCH_ALIVE, WATCH_OVERRUN } from '../../channel/messages.ts';
import type { EndCause } from './cell-end.ts';
import { isMemoryReadable, readRssMb } from './process-memory.ts';

const LOOK_MS = 100;
/** The watch thread reports every WATCH_INTERVAL_MS. */
export const SILENCE_MS = 3_000;
/** Looks, not time: when this process itself stood still, its cells did not fall silent. */
const SILENT_LOOKS = SILENCE_MS / LOOK_MS;

export interface CellWatchOptions {
  readonly reports: Readable;
  readonly pid: number;
  readonly onViolation: (cause: EndCause) => void;
}

export class CellWatch {
  readonly #options: CellWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #silentLooks = 0;
  #budgetMb: number | null = null;
  #rssMb = 0;

  /** Starts watching; call it once the cell's watch thread runs. */
  constructor(options: CellWatchOptions) {
    this.#options = options;
    options.reports.on('data', (bytes: Buffer) => this.#onReports(bytes));
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** At the last look, MiB. */
  get rssMb(): number {
    return this.#rssMb;
  }

  /** MiB that the cell may hold from now on. */
  setBudget(budgetMb: number): void {
    this.#budgetMb = budgetMb;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #onReports(bytes: Buffer): void {
    this.#silentLooks = 0;
    for (const byte of bytes) {
      if (byte === WATCH_OVERRUN) return this.#options.onViolation(overrun());
      if (byte !== WATCH_ALIVE) return this.#options.onViolation(noReport(byte));
    }
  }

  #look(): void {
    if (++this.#silentLooks > SILENT_LOOKS) this.#options.onViolation(silent());
    if (!isMemoryReadable) return;
    this.#rssMb = readRssMb(this.#options.pid) ?? this.#rssMb;
    if (this.#budgetMb !== null && this.#rssMb > this.#budgetMb) {
      this.#options.onViolation(overBudget(this.#budgetMb, this.#rssMb));
    }
  }
}

function overrun(): EndCause {
  return {
    outcome: 'exceeded-cpu',
    limitValue: null,
    measured: null,
    reason: 'native code that cannot be interrupted',
  };
}

function overBudget(limitMb: number, measuredMb: number): EndCause {
  const [limitValue, measured] = [Math.round(limitMb), Math.round(measuredMb)];
  return {
    outcome: 'exceeded-memory',
    limitValue,
    measured,
    reason: `${measured} MiB of memory; ${limitValue} are allowed`,
  };
}

function silent(): EndCause {
  return { outcome: 'cell-lost', limitValue: null, measured: null, reason: `no sign of life for ${SILENCE_MS} ms` };
}

function noReport(byte: number): EndCause {
  return { outcome: 'cell-lost', limitValue: null, measured: null, reason: `the byte ${byte} on its watch pipe` };
}
