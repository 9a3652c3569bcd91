/** What archiving says in the gateway's own log. */
import type { Log } from '../logger.ts';

/** It is tried again in some seconds; what waits is on the bus meanwhile. */
export function logArchiveFailed(log: Log, stream: string, error: unknown): void {
  log('warn', 'archive-failed', { stream, error: error instanceof Error ? error.message : String(error) });
}

/** The bus had no room for so long that it let go of messages which were not archived yet. */
export function logArchiveMissed(log: Log, stream: string): void {
  log('error', 'archive-missed-messages', { stream });
}

/** The next sweep comes in an hour. */
export function logReceiptSweepFailed(log: Log, error: unknown): void {
  log('warn', 'receipt-sweep-failed', { error: error instanceof Error ? error.message : String(error) });
}
