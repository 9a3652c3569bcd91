/**
 * What this gateway writes into the audit log.
 *
 * Guarantees: what `record` was asked to write is stored when it resolves, so a change that waits for it never happens
 * unseen. What `count` was told is on this machine's disk within SPOOL_MS and in the log within FLUSH_MS, the same things as
 * one entry with their number; while the log cannot be written, it waits on disk, in bounded room, and is written once.
 * Not guaranteed: counts of the last SPOOL_MS of a gateway that is killed, or all that wait while the disk takes nothing.
 */
import { performance } from 'node:perf_hooks';
import type { AuditDraft, AuditLog } from '@sovfn/bus';
import type { Log } from '../logger.ts';
import type { AuditSpool } from './audit-spool.ts';
import { logAuditBack, logAuditLost, logNotesRead, logSpoolLost } from './events.ts';
import { OF_PLATFORM, type WaitingNote, WaitingNotes } from './waiting-notes.ts';

export interface AuditTrailOptions {
  readonly audit: Pick<AuditLog, 'append' | 'knownSize' | 'recall'>;
  readonly spool: Pick<AuditSpool, 'read' | 'add' | 'replace' | 'clear' | 'close'>;
  readonly log: Log;
  /** Default: room for thousands. */
  readonly mostWaitingBytes?: number;
}

/** Something that nobody asked for, or that nothing waits for. */
export type AuditNote = Partial<AuditDraft> & Pick<AuditDraft, 'action'>;

/** Milliseconds. */
const FLUSH_MS = 30_000;
const SPOOL_MS = 100;
const CLOSE_MS = 1_000;
/** Entries say when it was, if that is longer ago. */
const LATE_MS = 2 * FLUSH_MS;
const CLOCK_LOOK_MS = 5_000;
/** What clocks are corrected by without a step is less. */
const CLOCK_STEP_MS = 1_000;

export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #notes: WaitingNotes;
  readonly #timers: NodeJS.Timeout[];
  #flushing: Promise<void> | null = null;
  #spoolTimer: NodeJS.Timeout | null = null;
  #spooling: Promise<void> = Promise.resolve();
  #isLost = false;
  #isSpoolLost = false;
  /** What a process before this one has left in the spool is known: until then nothing of it may be replaced. */
  #isSpoolRead = false;
  /** What waits now is for the next process. */
  #isClosed = false;
  /** Entries that the log is known to have. */
  #size = 0;
  /** Where to look for what a process before this one has written; null: nothing of it is left. */
  #recallFrom: number | null = null;
  #clockMs = clockOffset();

  /** Takes up what a process before this one has left in the spool. */
  static async open(options: AuditTrailOptions): Promise<AuditTrail> {
    const trail = new AuditTrail(options);
    trail.#size = await options.audit.knownSize().catch(() => 0);
    await trail.#readSpool().catch((error: unknown) => trail.#setSpoolLost(error));
    trail.count({ action: 'loggingStarted' });
    void trail.flush();
    return trail;
  }

  private constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.#notes = new WaitingNotes(options.mostWaitingBytes);
    this.#timers = [
      setInterval(() => void this.flush(), FLUSH_MS).unref(),
      setInterval(() => this.#lookAtClock(), CLOCK_LOOK_MS).unref(),
    ];
  }

  /** Resolves with the index of the entry. Throws `audit-unavailable`: what waits for it must not be done. */
  async record(draft: AuditDraft): Promise<number> {
    try {
      const index = await this.#options.audit.append(draft);
      this.#size = Math.max(this.#size, index + 1);
      this.#setLost(null);
      return index;
    } catch (error) {
      this.#setLost(error);
      throw error;
    }
  }

  /** Never throws, and waits for nothing. */
  count({ action, tenant = null, actor = 'platform', function: name = null, details = {} }: AuditNote): void {
    this.#notes.count({ action, tenant, actor, function: name, details }, this.#size);
    this.#spoolTimer ??= setTimeout(() => this.#spoolChanged(), SPOOL_MS).unref();
  }

  /** Writes what was counted. Never rejects. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#flushAll().finally(() => (this.#flushing = null));
    await this.#flushing;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.count({ action: 'loggingStopped' });
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, CLOSE_MS);
    await Promise.race([this.#flushWhole(), late.promise]);
    clearTimeout(timer);
    this.#spoolChanged();
    this.#isClosed = true;
    await this.#spooling;
    await this.#options.spool.close();
  }

  /** One that is under way writes nothing of what was counted since it began. */
  async #flushWhole(): Promise<void> {
    await this.#flushing;
    await this.flush();
  }

  async #flushAll(): Promise<void> {
    this.#notes.endWindow();
    try {
      for (let note = this.#notes.next(); note !== null && !this.#isClosed; note = this.#notes.next()) {
        await this.#recall();
        await this.record(entryOf(note));
        this.#notes.remove(note);
      }
    } catch (error) {
      this.#setLost(error);
    }
    this.#spoolChanged();
  }

  /** Before a note of a process before this one is written. */
  async #recall(): Promise<void> {
    const from = this.#recallFrom;
    if (from === null) return;
    await this.#options.audit.recall(from);
    this.#recallFrom = null;
  }

  /** Throws what the spool throws. */
  async #readSpool(): Promise<void> {
    const { spool, log } = this.#options;
    const { notes, unreadable } = await spool.read();
    this.#isSpoolRead = true;
    if (notes.length + unreadable === 0) return;
    this.#notes.restore(notes);
    if (notes.length > 0) this.#recallFrom = Math.min(...notes.map(({ after }) => after));
    if (unreadable > 0) this.#notes.count({ ...OF_PLATFORM, action: 'notesUnreadable' }, this.#size, unreadable);
    logNotesRead(log, notes.length, unreadable);
    if (unreadable > 0) await spool.replace(this.#notes.all());
  }

  /** One after the other: the file holds what was true at one time. */
  #spoolChanged(): void {
    if (this.#isClosed) return;
    if (this.#spoolTimer !== null) clearTimeout(this.#spoolTimer);
    this.#spoolTimer = null;
    this.#spooling = this.#spooling.then(() => this.#spool());
  }

  async #spool(): Promise<void> {
    const { spool } = this.#options;
    try {
      if (!this.#isSpoolRead) await this.#readSpool();
      const changed = this.#notes.takeChanged();
      if (this.#isSpoolLost) await spool.replace(this.#notes.all());
      else if (this.#notes.all().length === 0) await spool.clear();
      else if (changed.length > 0) await spool.add(changed, () => this.#notes.all());
      this.#isSpoolLost = false;
    } catch (error) {
      this.#setSpoolLost(error);
    }
  }

  #lookAtClock(): void {
    const now = clockOffset();
    const stepMs = Math.round(now - this.#clockMs);
    this.#clockMs = now;
    if (Math.abs(stepMs) >= CLOCK_STEP_MS) this.count({ action: 'clockStepped', details: { stepMs } });
  }

  #setSpoolLost(error: unknown): void {
    if (!this.#isSpoolLost) logSpoolLost(this.#options.log, error);
    this.#isSpoolLost = true;
  }

  #setLost(error: unknown): void {
    const isLost = error !== null;
    if (isLost === this.#isLost) return;
    this.#isLost = isLost;
    if (isLost) logAuditLost(this.#options.log, error);
    else logAuditBack(this.#options.log);
  }
}

function entryOf({ id, at, count, draft }: WaitingNote): AuditDraft {
  const isLate = Date.now() - Date.parse(at) > LATE_MS;
  const more = { ...(count > 1 ? { count } : {}), ...(isLate ? { countedAt: at } : {}), note: id };
  return { ...draft, details: { ...draft.details, ...more } };
}

/** Of the clock on the wall against one that never jumps. */
function clockOffset(): number {
  return Date.now() - performance.now();
}
