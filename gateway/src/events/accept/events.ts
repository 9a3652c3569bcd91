/** What accepting writes into the gateway's log. */
import type { Log } from '../../logger.ts';

/** A large body that no event needs stays until the sweep. */
export function logBodyLeftOver(log: Log, error: unknown): void {
  log('warn', 'event-body-left-over', { error: String(error) });
}

/** The operator has asked for it. */
export function logUnsafeFsync(log: Log): void {
  log('warn', 'unsafe-fsync', { consequence: 'a power cut may lose events that were accepted' });
}

/** The last count of the function's events stays in force. */
export function logPendingUnknown(log: Log, error: unknown): void {
  log('warn', 'pending-events-unknown', { error: String(error) });
}
