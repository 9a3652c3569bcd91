/** What the control API writes into the gateway's log: one function for each event. */
import type { EnrolmentState } from '@sovfn/protocol';
import type { FunctionName } from '../outputs/output-address.ts';
import type { Log } from '../logger.ts';

export function logDeployed(log: Log, deployed: FunctionName & { version: string; result: string }): void {
  log('info', 'function-deployed', { ...deployed });
}

export function logVersionsChanged(
  log: Log,
  changed: FunctionName & { current: string; before: string; splitWith: string | null },
): void {
  log('info', 'versions-changed', { ...changed });
}

export function logDeleted(log: Log, deleted: FunctionName & { purged: boolean }): void {
  log('info', 'function-deleted', { ...deleted });
}

export function logSecretSet(log: Log, set: FunctionName & { secret: string; version: number }): void {
  log('info', 'secret-set', { ...set });
}

export function logSecretDeleted(log: Log, deleted: FunctionName & { secret: string }): void {
  log('info', 'secret-deleted', { ...deleted });
}

export function logEnrolmentChanged(log: Log, { node, enrolment, state }: EnrolmentState): void {
  log('info', `node-${state}`, { node, enrolment });
}

export function logNodeDrained(log: Log, node: string): void {
  log('info', 'node-drained', { node });
}

/** Events were accepted once more, all under one key. */
export function logReplayed(log: Log, replayed: FunctionName & { key: string; events: number }): void {
  log('info', 'events-replayed', { ...replayed });
}

export function logEventsCancelled(log: Log, cancelled: FunctionName & { events: number }): void {
  log('info', 'events-cancelled', { ...cancelled });
}

export function logPaused(log: Log, of: FunctionName): void {
  log('info', 'events-paused', { ...of });
}

export function logResumed(log: Log, of: FunctionName): void {
  log('info', 'events-resumed', { ...of });
}

/** What was accepted is not all where it must be. */
export function logDisagreements(log: Log, found: FunctionName & { disagreements: number }): void {
  log('error', 'events-disagree', { ...found });
}

export function logLettersRedriven(log: Log, redriven: FunctionName & { letters: number }): void {
  log('info', 'dead-letters-redriven', { ...redriven });
}

export function logLettersPurged(log: Log, purged: FunctionName & { letters: number }): void {
  log('info', 'dead-letters-purged', { ...purged });
}

interface ScheduleName extends FunctionName {
  readonly schedule: string;
}

/** By hand. */
export function logScheduleRun(log: Log, run: ScheduleName & { event: string; scheduledAt: string }): void {
  log('info', 'schedule-run', { ...run });
}

export function logSchedulePaused(log: Log, of: ScheduleName): void {
  log('info', 'schedule-paused', { ...of });
}

export function logScheduleResumed(log: Log, of: ScheduleName): void {
  log('info', 'schedule-resumed', { ...of });
}

/** `errorId` is all that the client was told. */
export function logRequestFailed(log: Log, failed: { errorId: string; request: string; error: unknown }): void {
  const { errorId, request, error } = failed;
  log('error', 'control-request-failed', { errorId, request, error: describe(error) });
}

/** The answer had begun when its source failed: the client saw the connection break. */
export function logStreamBroken(log: Log, broken: { request: string; error: unknown }): void {
  log('warn', 'control-stream-broken', { request: broken.request, error: describe(broken.error) });
}

/** A cell published something that is no batch of log entries. */
export function logInvalidBatch(log: Log, invalid: FunctionName & { reason: string }): void {
  log('warn', 'log-batch-invalid', { ...invalid });
}

/** NATS has not even room for the smallest stream of logs: what functions log is seen by nobody. */
export function logNoRoomForLogs(log: Log, zone: string): void {
  log('warn', 'log-stream-missing', { zone });
}

/** What functions of the zone ask of the outside is recorded nowhere. */
export function logNoRoomForEgress(log: Log, zone: string): void {
  log('error', 'egress-stream-missing', { zone });
}

export function logInvalidLedger(log: Log, facts: { tenant: string; function: string; reason: string }): void {
  log('error', 'egress-entry-invalid', facts);
}

/** The next sweep comes in an hour. */
export function logLogSweepFailed(log: Log, error: unknown): void {
  log('warn', 'log-sweep-failed', { error: describe(error) });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export function logTokenMade(log: Log, made: { tenant: string; token: string }): void {
  log('info', 'token-made', { ...made });
}

export function logTokenRevoked(log: Log, revoked: { tenant: string; token: string }): void {
  log('info', 'token-revoked', { ...revoked });
}
