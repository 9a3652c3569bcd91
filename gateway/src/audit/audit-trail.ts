/**
 * What this gateway writes into the audit log.
 *
 * Guarantees: what `record` was asked to write is stored when it resolves, so a change that waits for it never happens
 * unseen. What `count` was told is written within FLUSH_MS, the same things as one entry with their number; while the log
 * cannot be written, they are counted on, in bounded memory.
 * Not guaranteed: counts of the last FLUSH_MS of a gateway that is killed.
 */
import { performance } from 'node:perf_hooks';
import type { AuditDraft, AuditLog } from '@sovfn/bus';
import type { Log } from '../logger.ts';
import { logAuditBack, logAuditLost } from './events.ts';

export interface AuditTrailOptions {
  readonly audit: Pick<AuditLog, 'append'>;
  readonly log: Log;
}

/** Something that nobody asked for, or that nothing waits for. */
export type AuditNote = Partial<AuditDraft> & Pick<AuditDraft, 'action'>;

interface Counted {
  readonly draft: AuditDraft;
  count: number;
}

/** Milliseconds. */
const FLUSH_MS = 30_000;
const CLOSE_MS = 1_000;
/** Different things of one action between two flushes; what comes beyond is counted without saying what. */
const MOST_KINDS = 16;
const UNNAMED = { tenant: null, actor: 'platform', function: null, details: {} } as const;
const CLOCK_LOOK_MS = 5_000;
/** What clocks are corrected by without a step is less. */
const CLOCK_STEP_MS = 1_000;

export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #counted = new Map<string, Counted>();
  readonly #timers: NodeJS.Timeout[];
  #flushing: Promise<void> | null = null;
  #isLost = false;
  #clockMs = clockOffset();

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.count({ action: 'loggingStarted' });
    this.#timers = [
      setInterval(() => void this.flush(), FLUSH_MS).unref(),
      setInterval(() => this.#lookAtClock(), CLOCK_LOOK_MS).unref(),
    ];
    void this.flush();
  }

  /** Resolves with the index of the entry. Throws `audit-unavailable`: what waits for it must not be done. */
  async record(draft: AuditDraft): Promise<number> {
    try {
      const index = await this.#options.audit.append(draft);
      this.#setLost(null);
      return index;
    } catch (error) {
      this.#setLost(error);
      throw error;
    }
  }

  /** Never throws, and waits for nothing. */
  count({ action, tenant = null, actor = 'platform', function: name = null, details = {} }: AuditNote): void {
    const whole = { action, tenant, actor, function: name, details };
    const isKnown = this.#counted.has(JSON.stringify(whole));
    const draft = isKnown || this.#kindsOf(action) < MOST_KINDS ? whole : { ...UNNAMED, action };
    const key = JSON.stringify(draft);
    const counted = this.#counted.get(key);
    if (counted === undefined) this.#counted.set(key, { draft, count: 1 });
    else counted.count++;
  }

  /** Writes what was counted. Never rejects. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#flushAll().finally(() => (this.#flushing = null));
    await this.#flushing;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#flushing;
    this.count({ action: 'loggingStopped' });
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, CLOSE_MS);
    await Promise.race([this.flush(), late.promise]);
    clearTimeout(timer);
  }

  async #flushAll(): Promise<void> {
    for (const [key, counted] of [...this.#counted]) {
      const { draft, count } = counted;
      const details = count === 1 ? draft.details : { ...draft.details, count };
      try {
        await this.record({ ...draft, details });
      } catch {
        return;
      }
      if (counted.count === count) this.#counted.delete(key);
      else counted.count -= count;
    }
  }

  #kindsOf(action: string): number {
    return [...this.#counted.values()].filter(({ draft }) => draft.action === action).length;
  }

  #lookAtClock(): void {
    const now = clockOffset();
    const stepMs = Math.round(now - this.#clockMs);
    this.#clockMs = now;
    if (Math.abs(stepMs) >= CLOCK_STEP_MS) this.count({ action: 'clockStepped', details: { stepMs } });
  }

  #setLost(error: unknown): void {
    const isLost = error !== null;
    if (isLost === this.#isLost) return;
    this.#isLost = isLost;
    if (isLost) logAuditLost(this.#options.log, error);
    else logAuditBack(this.#options.log);
  }
}

/** Of the clock on the wall against one that never jumps. */
function clockOffset(): number {
  return Date.now() - performance.now();
}
