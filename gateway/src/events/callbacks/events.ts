/** What callbacks write into the gateway's log. */
import type { Callback } from '@sovfn/protocol';
import type { Log } from '../../logger.ts';

/** It will be sent again. `reason`: without the receiver's own words. */
export function logCallbackFailed(log: Log, { event, attempt }: Callback, reason: string, delayMs: number): void {
  log('info', 'callback-failed', { event, attempt, reason, retryInS: Math.round(delayMs / 1_000) });
}

/** The receiver never got it, or does not want it. */
export function logCallbackGivenUp(log: Log, { event, attempt }: Callback, reason: string): void {
  log('warn', 'callback-given-up', { event, attempt, reason });
}

/** Something of ours failed; the callback comes again by itself. */
export function logCallbackInterrupted(log: Log, error: unknown): void {
  log('warn', 'callback-interrupted', { error: String(error) });
}
