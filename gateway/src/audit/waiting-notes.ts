/**
 * What was counted and is not in the audit log yet. The same things within a window are one note with their number; a window ends
 * when it is about to be written, so what waits says when it was.
 *
 * Guarantees: at most MOST_BYTES are held, and what does not fit is counted by its action.
 */
import { randomBytes } from 'node:crypto';
import type { AuditDraft } from '@sovfn/bus';
import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { type SpooledNote, spooledBytes } from './audit-spool.ts';

export interface WaitingNote extends SpooledNote {
  count: number;
}

/** Different things of one action in a window; what comes beyond is counted without saying what. */
const MOST_KINDS = 16;
/** As they are kept on disk. */
const MOST_BYTES = 4 * 1024 * 1024;
/** What the digits of a count may add, of each note. */
const COUNT_BYTES = 15;
/** Makes 16 characters. */
const ID_BYTES = 12;
/** Nobody asked for it, and it is about nothing in particular. */
export const OF_PLATFORM = { tenant: null, actor: 'platform', function: null, details: {} } as const;

export class WaitingNotes {
  /** Of the window that is not over, by what they say. */
  readonly #open = new Map<string, WaitingNote>();
  /** The oldest first. */
  readonly #closed = new Set<WaitingNote>();
  /** By the action of what did not fit; they wait until the others are written, so there are no more than actions. */
  readonly #drops = new Map<string, WaitingNote>();
  /** Since `takeChanged`. */
  readonly #changed = new Set<WaitingNote>();
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** `after`: entries that the log has by now. */
  count(whole: AuditDraft, after: number, times = 1): void {
    const isKnown = this.#open.has(JSON.stringify(whole));
    const draft =
      isKnown || this.#kindsOf(whole.action) < MOST_KINDS ? whole : { ...OF_PLATFORM, action: whole.action };
    const key = JSON.stringify(draft);
    const note = this.#open.get(key) ?? this.#add(this.#open, key, makeNote(draft, after)) ?? this.#drop(draft, after);
    note.count += times;
    this.#changed.add(note);
  }

  /** Those of a process before this one. */
  restore(notes: Iterable<SpooledNote>): void {
    for (const note of notes) this.#closed.add({ ...note });
    this.#bytes = [...this.#closed].reduce((sum, note) => sum + bytesOf(note), this.#bytes);
  }

  /** The oldest one, whose count grows no more; null: nothing waits. */
  next(): WaitingNote | null {
    if (this.#closed.size === 0) this.#close(this.#drops);
    for (const note of this.#closed) return note;
    return null;
  }

  /** What comes from now on is a note of its own, also of the same thing. */
  endWindow(): void {
    this.#close(this.#open);
  }

  /** It is in the log. */
  remove(note: WaitingNote): void {
    if (this.#closed.delete(note)) this.#bytes -= bytesOf(note);
    this.#changed.delete(note);
  }

  all(): WaitingNote[] {
    return [...this.#closed, ...this.#open.values(), ...this.#drops.values()];
  }

  takeChanged(): WaitingNote[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  #close(notes: Map<string, WaitingNote>): void {
    for (const note of notes.values()) this.#closed.add(note);
    notes.clear();
  }

  /** Null: it does not fit. */
  #add(to: Map<string, WaitingNote>, key: string, note: WaitingNote): WaitingNote | null {
    const bytes = bytesOf(note);
    if (to === this.#open && this.#bytes + bytes > this.#mostBytes) return null;
    this.#bytes += bytes;
    to.set(key, note);
    return note;
  }

  #drop({ action }: AuditDraft, after: number): WaitingNote {
    const draft = { ...OF_PLATFORM, action: 'notesDropped', details: { of: action } };
    return this.#drops.get(action) ?? this.#add(this.#drops, action, makeNote(draft, after))!;
  }

  #kindsOf(action: string): number {
    return [...this.#open.values()].filter(({ draft }) => draft.action === action).length;
  }
}

function makeNote(draft: AuditDraft, after: number): WaitingNote {
  const id = randomBytes(ID_BYTES).toString('base64url');
  return { v: PROTOCOL_VERSION, id, at: new Date().toISOString(), after, count: 0, draft };
}

function bytesOf(note: WaitingNote): number {
  return spooledBytes({ ...note, count: 0 }) + COUNT_BYTES;
}
