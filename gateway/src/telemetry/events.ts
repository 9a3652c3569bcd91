import type { Log } from '../logger.ts';
import type { Signal } from './otlp.ts';

/** `lost`: spans that nobody will get. */
export function logTelemetryFailed(log: Log, signal: Signal, reason: string, lost: number): void {
  log('warn', 'telemetry-failed', { signal, reason, lost });
}

export function logTelemetryBack(log: Log, signal: Signal): void {
  log('info', 'telemetry-back', { signal });
}
