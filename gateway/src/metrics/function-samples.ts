/** The samples of one function. Series that are always zero are left out where most functions would have them. */
import { type DispatchRecord, TICK_STATES, TRIGGERS } from '@sovfn/protocol';
import type { DeployedFunction } from '../routes/deployed-functions.ts';
import type { Waiting } from './backlog/backlog-reader.ts';
import type { BacklogKind } from './backlog/backlog-kinds.ts';
import { DURATION_BOUNDS_MS, FAULTS, type KillOutcome, KILLS, STATUS_CLASSES } from './call-counts.ts';
import type { Samples } from './samples.ts';
import type { FunctionCounts } from './function-counters.ts';

export type FunctionBacklog = Readonly<Partial<Record<BacklogKind, Waiting>>>;

const MS_PER_S = 1_000;
const US_PER_S = 1_000_000;
const DURATION_BOUNDS_S = DURATION_BOUNDS_MS.map((ms) => ms / MS_PER_S);

export function addInfo(to: Samples, { tenant, name, version, target, split }: DeployedFunction): void {
  to.add('sovfn_function_info', [tenant, name, version, target.zone, 'current'], 1);
  if (split === null) return;
  to.add('sovfn_function_info', [tenant, name, split.other.version, split.other.target.zone, 'split'], 1);
}

/** Nothing for a function that was not called yet. */
export function addCalls(to: Samples, { tenant, name, counts, limits }: DeployedFunction): void {
  const { calls } = counts;
  const of = [tenant, name];
  for (const [code, requests] of counts.refused) to.add('sovfn_requests_refused_total', [...of, code], requests);
  if (calls.calls === 0) return;
  addWaiting(to, of, counts.gate);
  addEnds(to, of, calls);
  to.addHistogram('sovfn_call_duration_seconds', of, {
    bounds: DURATION_BOUNDS_S,
    buckets: calls.buckets,
    sum: calls.durationMs / MS_PER_S,
  });
  to.add('sovfn_call_cpu_seconds_total', of, calls.cpuUs / US_PER_S);
  to.add('sovfn_cold_starts_total', of, calls.coldStarts);
  for (const outcome of Object.keys(KILLS) as KillOutcome[]) {
    const limit = KILLS[outcome];
    const kills = calls.kills.get(outcome);
    const labels = [...of, outcome, limit];
    to.add('sovfn_calls_killed_total', labels, kills?.calls ?? 0);
    if (kills === undefined) continue;
    const value = kills.limitValue ?? limits[limit] ?? null;
    if (value !== null) to.add('sovfn_kill_limit', labels, value);
    if (kills.measured !== null) to.add('sovfn_kill_measured', labels, kills.measured);
  }
}

function addWaiting(to: Samples, of: readonly string[], { waiting, limit }: FunctionCounts['gate']): void {
  to.add('sovfn_calls_waiting', of, waiting);
  if (limit !== Infinity) to.add('sovfn_calls_waiting_limit', of, limit);
}

function addEnds(to: Samples, of: readonly string[], calls: FunctionCounts['calls']): void {
  for (const [trigger, triggerName] of TRIGGERS.entries()) {
    const ends = FAULTS.map((_, fault) => calls.ended(trigger, fault));
    // A trigger that was used has all of its series, so that the first failure is seen as an increase.
    if (ends.every((count) => count === 0)) continue;
    for (const [fault, count] of ends.entries())
      to.add('sovfn_calls_total', [...of, triggerName, FAULTS[fault]!], count);
  }
  for (const [outcome, count] of calls.failures) to.add('sovfn_call_failures_total', [...of, outcome], count);
  for (const [status, statusName] of STATUS_CLASSES.entries()) {
    if (calls.responses(status) > 0) to.add('sovfn_responses_total', [...of, statusName], calls.responses(status));
  }
}

/** Nothing for a function that makes no spans. */
export function addSpans(to: Samples, { tenant, name, counts }: DeployedFunction): void {
  const { kept, dropped } = counts.spans;
  if (kept > 0) to.add('sovfn_function_spans_total', [tenant, name], kept);
  for (const [why, spans] of dropped) to.add('sovfn_function_spans_dropped_total', [tenant, name, why], spans);
}

export function addEvents(to: Samples, { tenant, name, counts }: DeployedFunction): void {
  const of = [tenant, name];
  for (const [trigger, each] of counts.events.entries()) {
    const labels = [...of, trigger];
    if (trigger !== 'queue') to.add('sovfn_events_accepted_total', labels, each.accepted);
    if (each.repeated > 0) to.add('sovfn_events_repeated_total', labels, each.repeated);
    to.add('sovfn_events_running', labels, each.running);
    to.add('sovfn_event_retries_total', labels, each.retries);
    if (each.postponements > 0) to.add('sovfn_event_postponements_total', labels, each.postponements);
    for (const [outcome, count] of each.attempts) to.add('sovfn_event_attempts_total', [...labels, outcome], count);
    for (const [state, count] of Object.entries(each.ended))
      to.add('sovfn_events_ended_total', [...labels, state], count);
  }
  if (counts.events.unreadable > 0) to.add('sovfn_events_unreadable_total', of, counts.events.unreadable);
  for (const state of TICK_STATES) {
    const ticks = counts.ticks.get(state);
    if (ticks !== undefined) to.add('sovfn_schedule_ticks_total', [...of, state], ticks);
  }
}

export interface BacklogFacts {
  readonly backlog: FunctionBacklog;
  /** Null: the function never had an event. */
  readonly dispatch: DispatchRecord | null;
  readonly now: number;
}

export function addBacklog(
  to: Samples,
  { tenant, name, outputs }: DeployedFunction,
  { backlog, dispatch, now }: BacklogFacts,
): void {
  const of = [tenant, name];
  const count = (kind: BacklogKind): number => backlog[kind]?.count ?? 0;
  if (dispatch !== null) {
    to.add('sovfn_events_pending', of, count('events'));
    to.add('sovfn_events_oldest_pending_seconds', of, ageOf(backlog.events, now));
    to.add('sovfn_events_delayed', of, count('delayedEvents'));
    to.add('sovfn_events_paused', of, Number(dispatch.pausedAt !== null));
    to.add('sovfn_dead_letters', of, count('deadLetters'));
  }
  if (dispatch?.hasQueue === true) {
    to.add('sovfn_queue_messages_pending', of, count('messages'));
    to.add('sovfn_queue_messages_oldest_pending_seconds', of, ageOf(backlog.messages, now));
    to.add('sovfn_queue_messages_delayed', of, count('delayedMessages'));
  }
  if (outputs.keep === 'all' || dispatch !== null) to.add('sovfn_outputs_pending', of, count('outputs'));
}

/** Seconds. A clock that is behind that of whoever made the id makes it no older than now. */
export function ageOf(waiting: Waiting | undefined, now: number): number {
  const oldestAt = waiting?.oldestAt ?? null;
  return oldestAt === null ? 0 : Math.max(0, now - oldestAt) / MS_PER_S;
}

export function addOutputs(to: Samples, { tenant, name, counts }: DeployedFunction): void {
  const { stored, pending, bytes } = counts.outputs;
  if (stored + pending === 0) return;
  to.add('sovfn_outputs_kept_total', [tenant, name, 'store'], stored);
  to.add('sovfn_outputs_kept_total', [tenant, name, 'bus'], pending);
  to.add('sovfn_outputs_kept_bytes_total', [tenant, name], bytes);
}
