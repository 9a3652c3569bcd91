import type { Log } from '../logger.ts';

export function logBacklogUnknown(log: Log, error: unknown): void {
  log('warn', 'backlog-unknown', { error: String(error) });
}
