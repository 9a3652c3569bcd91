import type { Say } from '../../language.ts';
import type { Environment } from '../current.ts';
import type { DataFolder } from '../data-folder.ts';
import type { PlatformRecord } from '../record.ts';

/** One finding of `sovfn doctor`. */
export interface DoctorCheck {
  /** Stable name, for scripts. */
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  /** What was found, with the value. */
  readonly detail: string;
  /** What to do; null when all is well. */
  readonly hint: string | null;
}

export interface DoctorContext {
  readonly environment: Environment;
  readonly folder: DataFolder;
  /** Of the platform that runs in the folder; null when none does. */
  readonly running: PlatformRecord | null;
  /** Findings are for people, in their language. */
  readonly say: Say;
}

export const ok = (check: string, detail: string): DoctorCheck => ({ check, state: 'ok', detail, hint: null });
export const warn = (check: string, detail: string, hint: string): DoctorCheck => ({
  check,
  state: 'warn',
  detail,
  hint,
});
export const fail = (check: string, detail: string, hint: string): DoctorCheck => ({
  check,
  state: 'fail',
  detail,
  hint,
});

/** What expires sooner is worth a word. */
const EXPIRY_WARN_MS = 30 * 86_400_000;

export function stateOfExpiry(until: Date, now: Date): DoctorCheck['state'] {
  const leftMs = until.getTime() - now.getTime();
  if (leftMs <= 0) return 'fail';
  return leftMs < EXPIRY_WARN_MS ? 'warn' : 'ok';
}
