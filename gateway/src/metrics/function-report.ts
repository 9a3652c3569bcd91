/** The counts of one function as a document, for people. */
import type { DispatchRecord, FunctionMetrics } from '@sovfn/protocol';
import type { DeployedFunction } from '../routes/deployed-functions.ts';
import { type CallCounts, DURATION_BOUNDS_MS, KILLS, STATUS_CLASSES } from './call-counts.ts';
import type { EventCounts } from './event-counts.ts';
import { ageOf, type FunctionBacklog } from './function-samples.ts';

export interface ReportFacts {
  /** Null: the bus cannot be asked. */
  readonly backlog: FunctionBacklog | null;
  readonly dispatch: DispatchRecord | null;
  readonly now: number;
}

export function reportFunction(of: DeployedFunction, { backlog, dispatch, now }: ReportFacts): FunctionMetrics {
  const { calls, events, outputs } = of.counts;
  return {
    name: of.name,
    calls: {
      total: calls.calls,
      failed: [...calls.failures.values()].reduce((sum, count) => sum + count, 0),
      serverErrors: calls.responses(STATUS_CLASSES.indexOf('5xx')),
      coldStarts: calls.coldStarts,
      cpuMs: calls.cpuUs / 1_000,
    },
    durationMs: { p50: quantile(calls, 0.5), p95: quantile(calls, 0.95), p99: quantile(calls, 0.99) },
    kills: killsOf(of),
    events: { ...sumEvents(events), isPaused: (dispatch?.pausedAt ?? null) !== null },
    waiting: backlog === null ? null : waitingOf(backlog, now),
    outputs: { kept: outputs.stored + outputs.pending, bytes: outputs.bytes },
  };
}

/** Between the bounds of a bucket as if its calls were spread evenly; what is longer than all bounds counts as the last one. */
export function quantile({ buckets, calls }: CallCounts, part: number): number | null {
  if (calls === 0) return null;
  let left = calls * part;
  for (const [bucket, upper] of DURATION_BOUNDS_MS.entries()) {
    const count = buckets[bucket]!;
    const lower = bucket === 0 ? 0 : DURATION_BOUNDS_MS[bucket - 1]!;
    if (count >= left) return lower + (upper - lower) * (left / count);
    left -= count;
  }
  return DURATION_BOUNDS_MS.at(-1)!;
}

function killsOf({ counts, limits }: DeployedFunction): FunctionMetrics['kills'] {
  return [...counts.calls.kills].map(([outcome, { calls, limitValue, measured }]) => {
    const limit = KILLS[outcome];
    return { outcome, limit, calls, limitValue: limitValue ?? limits[limit] ?? null, measured };
  });
}

function sumEvents(events: EventCounts): Omit<FunctionMetrics['events'], 'isPaused'> {
  const sum = { accepted: 0, running: 0, retries: 0, succeeded: 0, deadLettered: 0, expired: 0, cancelled: 0 };
  for (const [, { accepted, running, retries, ended }] of events.entries()) {
    sum.accepted += accepted;
    sum.running += running;
    sum.retries += retries;
    sum.succeeded += ended.succeeded;
    sum.deadLettered += ended['dead-lettered'];
    sum.expired += ended.expired;
    sum.cancelled += ended.cancelled;
  }
  return sum;
}

function waitingOf(backlog: FunctionBacklog, now: number): NonNullable<FunctionMetrics['waiting']> {
  const count = (kind: keyof FunctionBacklog): number => backlog[kind]?.count ?? 0;
  const isAnyDue = count('events') + count('messages') > 0;
  return {
    events: count('events'),
    delayedEvents: count('delayedEvents'),
    messages: count('messages'),
    delayedMessages: count('delayedMessages'),
    oldestSeconds: isAnyDue ? Math.max(ageOf(backlog.events, now), ageOf(backlog.messages, now)) : null,
    deadLetters: count('deadLetters'),
    outputs: count('outputs'),
  };
}
