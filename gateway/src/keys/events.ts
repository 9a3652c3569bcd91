import type { Log } from '../logger.ts';

export function logKeyGranted(log: Log, granted: { node: string; tenant: string; purpose: string }): void {
  log('info', 'data-key-granted', { ...granted });
}

export function logKeyRefused(log: Log, node: string, error: unknown): void {
  log('warn', 'data-key-refused', { node, error: String(error) });
}

export function logKeyLost(log: Log, tenant: string, error: unknown): void {
  log('error', 'tenant-key-lost', { tenant, error: String(error) });
}

export function logKeyBack(log: Log, tenant: string): void {
  log('info', 'tenant-key-back', { tenant });
}
