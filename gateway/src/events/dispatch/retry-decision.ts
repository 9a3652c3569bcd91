/** What follows an attempt. Pure: the random number comes from outside. */
import { type Outcome, OUTCOMES } from '@sovfn/protocol';
import type { CompiledRule, RetryPolicy } from '../event-policy.ts';
import type {
  AttemptFacts,
  AttemptFailure,
  AttemptResponse,
  AttemptResult,
  AttemptReturned,
} from './attempt-result.ts';

export type Decision =
  | { readonly kind: 'succeeded' }
  /** A further attempt. */
  | { readonly kind: 'retry'; readonly delayMs: number }
  /** The platform could not begin: the event waits, and no attempt is used up. */
  | { readonly kind: 'postpone'; readonly cause: string }
  | { readonly kind: 'dead-letter'; readonly cause: string };

/** Statuses with which a function asks for another attempt, besides 5xx. */
const ASKING: ReadonlySet<number> = new Set([408, 425, 429]);
/** What a response may ask to wait. Milliseconds. */
const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;
const FIRST_FAILURE = 400;
const FIRST_SERVER_FAILURE = 500;

/** Does a response with this status end the event with success? */
export function isSuccess(status: number, rules: readonly CompiledRule[]): boolean {
  const rule = rules.find((each) => fitsStatus(each, status));
  return rule === undefined ? status < FIRST_FAILURE : rule.then === 'succeed';
}

/** `attempt`: the number of the one that has just ended. */
export function decide(result: AttemptResult, attempt: number, policy: RetryPolicy, random = Math.random): Decision {
  if (result.kind === 'returned') return decideReturned(result, attempt, policy, random);
  const rule = policy.rules.find((each) => fits(each, result));
  if (rule?.then === 'succeed') return { kind: 'succeeded' };
  if (rule === undefined && result.kind === 'response' && result.status < FIRST_FAILURE) return { kind: 'succeeded' };
  if (rule === undefined && result.kind === 'failure' && isPlatforms(result.outcome)) {
    return { kind: 'postpone', cause: `${result.outcome}: ${result.message}` };
  }
  if (result.kind === 'failure' && result.isFinal) {
    return { kind: 'dead-letter', cause: `the function wants no other attempt: ${describe(result)}` };
  }
  const again = rule === undefined ? mayHelp(result) : rule.then === 'retry';
  if (!again) return { kind: 'dead-letter', cause: `another attempt would not help: ${describe(result)}` };
  if (attempt >= policy.attempts) return usedUp(result, policy);
  const asked = result.kind === 'response' ? result.retryAfterMs : null;
  const delayMs = rule?.delayMs ?? backOff(attempt, policy, random);
  return { kind: 'retry', delayMs: Math.max(delayMs, Math.min(asked ?? 0, LONGEST_RETRY_AFTER_MS)) };
}

function decideReturned(
  result: AttemptReturned & AttemptFacts,
  attempt: number,
  policy: RetryPolicy,
  random: () => number,
): Decision {
  if (attempt >= policy.attempts) return usedUp(result, policy);
  return { kind: 'retry', delayMs: result.delayMs ?? backOff(attempt, policy, random) };
}

function usedUp(result: AttemptResult, { attempts }: RetryPolicy): Decision {
  return { kind: 'dead-letter', cause: `all ${attempts} attempts failed; the last one: ${describe(result)}` };
}

export function describe(result: AttemptResult): string {
  if (result.kind === 'returned') return 'the function asked for the message to come again';
  if (result.kind === 'failure') return `${result.outcome}: ${result.message}`;
  return `the function answered with status ${result.status}`;
}

/** Full jitter above the least delay: between it and its double for each attempt made, up to the longest. */
function backOff(attempt: number, { minDelayMs, maxDelayMs }: RetryPolicy, random: () => number): number {
  const ceiling = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(attempt, 30));
  return Math.round(minDelayMs + random() * (ceiling - minDelayMs));
}

/** No code of the function has run, and it is not the function's fault. */
function isPlatforms(outcome: Outcome): boolean {
  return OUTCOMES[outcome].repeatable && OUTCOMES[outcome].fault === 'platform';
}

/** How an attempt may end because of the message it is for, and in a batch because of another one. */
const OF_THE_INPUT: ReadonlySet<Outcome> = new Set([
  'exceeded-cpu',
  'exceeded-memory',
  'never-settled',
  'invalid-response',
]);

function mayHelp(result: AttemptResponse | AttemptFailure): boolean {
  if (result.kind === 'failure') {
    return OUTCOMES[result.outcome].retryable || (result.isShared && OF_THE_INPUT.has(result.outcome));
  }
  return result.status >= FIRST_SERVER_FAILURE || ASKING.has(result.status);
}

function fits(rule: CompiledRule, result: AttemptResponse | AttemptFailure): boolean {
  return result.kind === 'failure' ? rule.on === result.outcome : fitsStatus(rule, result.status);
}

function fitsStatus({ on }: CompiledRule, status: number): boolean {
  if (typeof on === 'number') return on === status;
  if (on === '4xx') return status >= FIRST_FAILURE && status < FIRST_SERVER_FAILURE;
  return on === '5xx' && status >= FIRST_SERVER_FAILURE;
}
