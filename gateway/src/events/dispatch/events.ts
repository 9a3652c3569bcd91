/** What the dispatcher writes into the gateway's log. */
import type { Attempt, EventHead, EventLane, EventRecord, FunctionAddress } from '@sovfn/protocol';
import type { Log } from '../../logger.ts';

/** The texts of functions are not for the gateway's log: they are in the event's record. */
export function logEventEnded(log: Log, { id, tenant, function: name, state, attempts }: EventRecord): void {
  if (state !== 'succeeded')
    log('warn', 'event-ended', { event: id, tenant, function: name, state, attempts: attempts.length });
}

export function logEventRetry(log: Log, { id, tenant, function: name }: EventHead, made: Attempt): void {
  const { attempt, outcome, status, retryAt } = made;
  log('info', 'event-retry', { event: id, tenant, function: name, attempt, outcome, status, retryAt });
}

export function logEventPostponed(log: Log, { id, tenant, function: name }: EventHead, cause: string): void {
  log('warn', 'event-postponed', { event: id, tenant, function: name, cause });
}

/** The message comes again. */
export function logRunGivenUp(log: Log, { id, tenant, function: name }: EventHead, error: unknown): void {
  log('warn', 'event-run-given-up', { event: id, tenant, function: name, error: String(error) });
}

export function logLaneInterrupted(log: Log, of: FunctionAddress, lane: EventLane, error: unknown): void {
  log('warn', 'event-lane-interrupted', { tenant: of.tenant, function: of.function, lane, error: String(error) });
}

export function logQueueInterrupted(log: Log, of: FunctionAddress, error: unknown): void {
  log('warn', 'queue-interrupted', { tenant: of.tenant, function: of.function, error: String(error) });
}

/** Messages wait until it is noted: it is tried again. */
export function logQueuesUnnoted(log: Log, of: FunctionAddress, error: unknown): void {
  log('warn', 'queues-unnoted', { tenant: of.tenant, function: of.function, error: String(error) });
}

/** A message in a stream that this version cannot read. It comes again some times, and ends as a dead letter. */
export function logEventUnreadable(log: Log, subject: string, error: unknown): void {
  log('error', 'event-unreadable', { subject, error: String(error) });
}

/** It stays where it is, and is tried again. */
export function logUnreadableKept(log: Log, subject: string, error: unknown): void {
  log('warn', 'unreadable-not-buried', { subject, error: String(error) });
}

/** Nothing is left of it that would need one. */
export function logDispatchRemoved(log: Log, { zone, tenant, function: name }: FunctionAddress): void {
  log('info', 'dispatch-record-removed', { zone, tenant, function: name });
}

/** It is tried again. */
export function logSweepInterrupted(log: Log, error: unknown): void {
  log('warn', 'dispatch-sweep-interrupted', { error: String(error) });
}

export function logDispatchInvalid(log: Log, key: string, reason: string): void {
  log('error', 'dispatch-record-invalid', { key, reason });
}
