/** What the gateway itself writes into its log: one function for each event. Texts of functions and callers stay out. */
import type { FunctionRecord, Rollback } from '@sovfn/protocol';
import type { Log } from './logger.ts';

export function logStarted(log: Log, started: { publicUrl: string; functions: number; ms: number }): void {
  log('info', 'gateway-started', { ...started, ms: Math.round(started.ms) });
}

export function logStopping(log: Log, inFlight: number): void {
  log('info', 'gateway-stopping', { inFlight });
}

export function logBusState(log: Log, isConnected: boolean): void {
  if (isConnected) log('info', 'bus-connected');
  else log('warn', 'bus-lost');
}

/** The stream is from before streams were pinned, or its zone has changed. */
export function logStreamPinned(log: Log, stream: string, zone: string): void {
  log('info', 'stream-pinned', { stream, zone });
}

/** The server refused one of our subjects: the credential does not fit the configuration. */
export function logBusRefused(log: Log, reason: string): void {
  log('error', 'bus-refused', { reason });
}

/** A cell or supervisor sent what breaks the protocol: it is of another version, or hostile. */
export function logInvalidMessage(log: Log, reason: string): void {
  log('warn', 'message-invalid', { reason });
}

export function logInvalidRecord(log: Log, bucket: string, key: string, reason: string): void {
  log('error', 'record-invalid', { bucket, key, reason });
}

/** Calls of a function wait too long, and some are refused; null: no longer. */
export function logShedding(
  log: Log,
  { tenant, name }: { readonly tenant: string; readonly name: string },
  shedding: { readonly limit: number; readonly waitMs: number } | null,
): void {
  if (shedding === null) log('info', 'load-shedding-ended', { tenant, function: name });
  else log('warn', 'load-shedding-began', { tenant, function: name, ...shedding });
}

export function logRouteConflict(log: Log, conflict: { route: string; owner: string; refused: string }): void {
  log('error', 'route-conflict', { ...conflict });
}

/** A version that was tried did worse than the current one, which answers everybody again. */
export function logSplitRolledBack(log: Log, { tenant, name, split }: FunctionRecord, rollback: Rollback): void {
  const { reason, detail } = rollback;
  log('warn', 'split-rolled-back', { tenant, function: name, version: split?.version ?? null, reason, detail });
}

/** A record of before countries were accepted does not say yet where the function runs. */
export function logCountriesNotNoted(log: Log, { tenant, name }: FunctionRecord, error: unknown): void {
  log('error', 'countries-not-noted', { tenant, function: name, error: describe(error) });
}

export function logSplitNotEnded(log: Log, { tenant, name }: FunctionRecord, error: unknown): void {
  log('error', 'split-not-ended', { tenant, function: name, error: describe(error) });
}

/** The caller was told the invocation only. */
export function logExchangeFailed(log: Log, invocation: string | null, error: unknown): void {
  log('error', 'exchange-failed', { invocation, error: describe(error) });
}

export function logCredentialIssued(log: Log, to: { node: string; zone: string; tenant: string; cell: string }): void {
  log('info', 'credential-issued', { ...to });
}

export function logCredentialRefused(log: Log, node: string, error: unknown): void {
  log('warn', 'credential-refused', { node, error: describe(error) });
}

export function logSecretsGranted(
  log: Log,
  to: { node: string; tenant: string; function: string; names: readonly string[] },
): void {
  log('info', 'secrets-granted', { ...to });
}

export function logSecretsRefused(log: Log, node: string, error: unknown): void {
  log('warn', 'secrets-refused', { node, error: describe(error) });
}

export function logStoreNotReady(log: Log, error: unknown): void {
  log('warn', 'store-not-ready', { error: describe(error) });
}

export function logNoRoomForReceipts(log: Log, zone: string): void {
  log('error', 'receipts-no-room', { zone });
}

/** The calls were answered; nobody can prove what went in and came out. */
export function logReceiptsLost(log: Log, calls: number, reason: string): void {
  log('warn', 'receipts-lost', { calls, reason });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What the tenant keeps could not be counted; the last count stays in force. */
export function logStorageUnknown(log: Log, tenant: string, error: unknown): void {
  log('warn', 'storage-unknown', { tenant, error: String(error) });
}
