/** How the durable events of a deployed version run, worked out once at deploy. */
import { durationMs, type FunctionConfig, type RetryRule } from '@sovfn/protocol';

export interface EventPolicy {
  /** Events that run at the same time, over all gateways. */
  readonly concurrency: number;
  /** Events that begin in a second, over all gateways; null: as many as come. */
  readonly ratePerSecond: number | null;
  /** An event that has not begun by then ends as expired; null: never. */
  readonly expireAfterMs: number | null;
  readonly keepsDeadLetters: boolean;
  readonly retry: RetryPolicy;
}

export interface RetryPolicy {
  /** Attempts in all. */
  readonly attempts: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly rules: readonly CompiledRule[];
}

export interface CompiledRule extends Pick<RetryRule, 'on' | 'then'> {
  readonly delayMs: number | null;
}

export function compileEventPolicy({ events, retry }: Pick<FunctionConfig, 'events' | 'retry'>): EventPolicy {
  const { concurrency, ratePerSecond = null, expireAfter, deadLetters } = events;
  const minDelayMs = durationMs(retry.minDelay);
  return {
    concurrency,
    ratePerSecond,
    expireAfterMs: expireAfter === undefined ? null : durationMs(expireAfter),
    keepsDeadLetters: deadLetters,
    retry: {
      attempts: retry.attempts,
      minDelayMs,
      maxDelayMs: Math.max(minDelayMs, durationMs(retry.maxDelay)),
      rules: retry.rules.map(({ on, then, delay }) => {
        return { on, then, delayMs: delay === undefined ? null : durationMs(delay) };
      }),
    },
  };
}
