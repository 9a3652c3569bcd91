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

/** How full the servers are is not known; what was known last stays in force. */
export function logRoomUnknown(log: Log, error: unknown): void {
  log('warn', 'bus-room-unknown', { error: String(error) });
}

/** An event stream is gone, or another one has its name: events that were accepted will not run. */
export function logEventsLost(log: Log, zone: string, loss: string): void {
  log('error', 'events-lost', { zone, loss });
}

/** The operator has asked for it: the stream is made again, and what it held is given up. */
export function logEventLossAccepted(log: Log, loss: string): void {
  log('error', 'event-loss-accepted', { loss });
}

/** What was known of the streams stays in force. */
export function logStreamsUnknown(log: Log, error: unknown): void {
  log('warn', 'event-streams-unknown', { error: String(error) });
}
