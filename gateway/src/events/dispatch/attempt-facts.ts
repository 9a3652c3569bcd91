/** What attempts have in common, of one event or of a batch of messages: their facts, and why they could not be made. */
import { type EventHead, isSovfnError } from '@sovfn/protocol';
import type { CallFailure } from '../../calls/call-handler.ts';
import type { AnswerHead, StreamedCall } from '../../calls/streamed-call.ts';
import type { DeployedFunction } from '../../routes/deployed-functions.ts';
import { type AttemptFacts, type AttemptFailure, attemptFailure } from './attempt-result.ts';

export interface BegunCall {
  readonly to: DeployedFunction;
  readonly invocation: string;
  readonly startedAt: Date;
}

export const UNKNOWN = { version: null, node: null, cold: null, cpuMs: null, wallMs: null } as const;

export function notFound({ function: name }: EventHead): AttemptFailure {
  return attemptFailure('function-not-found', `"${name}" is not deployed`);
}

/** Null: the function may run in the zone in which the event is kept. */
export function refuseElsewhere(to: DeployedFunction, { zone }: EventHead): AttemptFailure | null {
  if (to.target.zone === zone) return null;
  const message = `the event is kept in zone "${zone}", and "${to.name}" may run in "${to.target.zone}" only`;
  return attemptFailure('residency-unsatisfied', message);
}

export function factsOf(
  { to, invocation, startedAt }: BegunCall,
  { usage }: StreamedCall,
  head: AnswerHead | CallFailure,
): AttemptFacts {
  const node = 'status' in head ? head.node : (head.runner?.node ?? null);
  return {
    invocation,
    startedAt,
    version: to.version,
    node,
    cold: 'status' in head ? head.cold : null,
    cpuMs: usage === null ? null : usage.cpuUs / 1_000,
    wallMs: usage === null ? null : usage.wallUs / 1_000,
  };
}

export function failureOfCall({ outcome, detail, report }: CallFailure): AttemptFailure {
  const name = detail.errorName === null ? '' : `${detail.errorName}: `;
  return attemptFailure(outcome, name + detail.message, { isFinal: report?.isFinal ?? false });
}

/** Nothing was sent. While the bus is away the event waits; a head that is too large stays too large. */
export function failureOfStart(error: unknown): AttemptFailure {
  if (!isSovfnError(error)) throw error;
  const { code, message } = error;
  if (code === 'residency-unsatisfied' || code === 'key-unavailable') return attemptFailure(code, message);
  return attemptFailure(code === 'bus-unavailable' ? 'not-started' : 'invalid-response', message);
}

export async function untilAborted<T>(wanted: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([wanted, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
