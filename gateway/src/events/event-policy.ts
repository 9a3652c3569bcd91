/** How the durable events of a deployed version run, worked out once at deploy. */
import { durationMs, type EventHead, type FunctionConfig, type RetryConfig, type RetryRule } from '@sovfn/protocol';

export interface EventPolicy {
  /** Calls at the same time: in one gateway of all lanes and queues, and over all gateways of one lane. */
  readonly concurrency: number;
  /** Events that begin in a second, in the same sense; null: as many as come. */
  readonly ratePerSecond: number | null;
  /** An event that has not begun by then ends as expired; null: never. */
  readonly expireAfterMs: number | null;
  readonly keepsDeadLetters: boolean;
  readonly retry: RetryPolicy;
  /** Of the schedules that have their own, by name. */
  readonly scheduleRetries: ReadonlyMap<string, RetryPolicy>;
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

export function compileEventPolicy({ events, retry, schedules }: PolicyConfig): EventPolicy {
  const { concurrency, ratePerSecond = null, expireAfter, deadLetters } = events;
  const own = schedules.flatMap((schedule): [string, RetryPolicy][] =>
    schedule.retry === undefined ? [] : [[schedule.name, compileRetry(schedule.retry)]],
  );
  return {
    concurrency,
    ratePerSecond,
    expireAfterMs: expireAfter === undefined ? null : durationMs(expireAfter),
    keepsDeadLetters: deadLetters,
    retry: compileRetry(retry),
    scheduleRetries: new Map(own),
  };
}

type PolicyConfig = Pick<FunctionConfig, 'events' | 'retry' | 'schedules'>;

/** What follows when an attempt of the event fails: the rules of its schedule, where it has its own, else the function's. */
export function retryOf(policy: EventPolicy, { schedule }: Pick<EventHead, 'schedule'>): RetryPolicy {
  return (schedule === null ? undefined : policy.scheduleRetries.get(schedule.name)) ?? policy.retry;
}

function compileRetry(retry: RetryConfig): RetryPolicy {
  const minDelayMs = durationMs(retry.minDelay);
  return {
    attempts: retry.attempts,
    minDelayMs,
    maxDelayMs: Math.max(minDelayMs, durationMs(retry.maxDelay)),
    rules: retry.rules.map(({ on, then, delay }) => {
      return { on, then, delayMs: delay === undefined ? null : durationMs(delay) };
    }),
  };
}
