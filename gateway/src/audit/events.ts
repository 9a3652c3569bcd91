/** What the audit log's writer says in the gateway's own log. */
import type { Log } from '../logger.ts';

/** Administration is refused until it is back. */
export function logAuditLost(log: Log, error: unknown): void {
  log('error', 'audit-unavailable', { error: error instanceof Error ? error.message : String(error) });
}

export function logAuditBack(log: Log): void {
  log('info', 'audit-back', {});
}

/** What waits for the audit log is in memory only. */
export function logSpoolLost(log: Log, error: unknown): void {
  log('error', 'audit-spool-unavailable', { error: error instanceof Error ? error.message : String(error) });
}

/** A process before this one could not write them; damaged lines are counted in the audit log, too. */
export function logNotesRead(log: Log, notes: number, unreadable: number): void {
  log(unreadable > 0 ? 'warn' : 'info', 'audit-spool-read', { notes, unreadable });
}

/** Refusals of egress are in the ledger, and not counted in the audit log. */
export function logEgressUnseen(log: Log, zone: string, error: unknown): void {
  log('warn', 'audit-without-egress', { zone, error: error instanceof Error ? error.message : String(error) });
}
