/** What events that have ended write into the gateway's log. */
import type { Log } from '../../logger.ts';

export function logBodiesSwept(log: Log, bodies: number): void {
  log('info', 'event-bodies-swept', { bodies });
}

/** The next sweep comes in an hour. */
export function logSweepFailed(log: Log, error: unknown): void {
  log('warn', 'event-body-sweep-failed', { error: String(error) });
}
