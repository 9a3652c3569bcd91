/**
 * What becomes of ticks that have come due: the policies `missed` and `overlap`, and pauses. Pure; docs/schedules.md states
 * the same rules for users.
 */
import type { DecidedTicks, MissedPolicy, OverlapPolicy, TickState } from '@sovfn/protocol';
import type { DueTick, DueTicks } from './due-ticks.ts';

export interface Situation {
  readonly due: DueTicks;
  readonly now: number;
  readonly isPaused: boolean;
  readonly missed: MissedPolicy;
  readonly overlap: OverlapPolicy;
  /** An event of an earlier tick has not ended. */
  readonly hasOpen: boolean;
  /** A newer tick of the schedule was decided before: a gateway was lost, and what it held comes late. */
  readonly isOvertaken: boolean;
  readonly newEvent: () => string;
}

/** A tick that is taken so soon after it was due is on time, whatever has come due since. Milliseconds. */
const PROMPT_MS = 5_000;
/** The newest tick is on time up to this late. Milliseconds. */
const ON_TIME_MS = 60_000;

export function decideTicks(situation: Situation): DecidedTicks[] {
  const { older, newest } = situation.due;
  const decided = withOverlap(situation, newest.map(stateOf(situation)));
  const single = newest.map(({ scheduledAt }, index) => decisionOf(situation, scheduledAt, decided[index]!));
  return joined(older === null ? single : [olderDecision(situation), ...single]);
}

/** Without regard to runs that go on. */
function stateOf(situation: Situation): (tick: DueTick, index: number) => TickState {
  const { due, now, missed, isPaused, isOvertaken } = situation;
  const last = due.newest.length - 1;
  return ({ dueAt }, index) => {
    if (isPaused) return 'skipped-paused';
    const lateMs = now - dueAt;
    if (lateMs <= PROMPT_MS || (index === last && !isOvertaken && lateMs <= ON_TIME_MS)) return 'ran';
    if (missed === 'all') return 'caught-up';
    return missed === 'last' && index === last && !isOvertaken ? 'caught-up' : 'missed';
  };
}

/** Of several ticks that would run, `skip` keeps the first and `replace` the last. */
function withOverlap({ overlap, hasOpen }: Situation, states: readonly TickState[]): TickState[] {
  if (overlap !== 'skip' && overlap !== 'replace') return [...states];
  const runs = states.flatMap((state, index) => (isRun(state) ? [index] : []));
  const kept = overlap === 'replace' ? runs.at(-1) : hasOpen ? undefined : runs[0];
  return states.map((state, index) => (isRun(state) && index !== kept ? 'skipped-overlap' : state));
}

function olderDecision({ due, isPaused }: Situation): DecidedTicks {
  const { first, last, count } = due.older!;
  const until = first === last ? null : new Date(last).toISOString();
  const state = isPaused ? 'skipped-paused' : 'missed';
  return { scheduledAt: new Date(first).toISOString(), until, ticks: count, state, event: null };
}

function decisionOf({ newEvent }: Situation, scheduledAt: number, state: TickState): DecidedTicks {
  const event = isRun(state) ? newEvent() : null;
  return { scheduledAt: new Date(scheduledAt).toISOString(), until: null, ticks: 1, state, event };
}

/** Neighbours that do not run and are in the same state become one. */
function joined(decisions: readonly DecidedTicks[]): DecidedTicks[] {
  const result: DecidedTicks[] = [];
  for (const decision of decisions) {
    const before = result.at(-1);
    if (before === undefined || decision.event !== null || before.state !== decision.state) result.push(decision);
    else {
      const ticks = before.ticks === null || decision.ticks === null ? null : before.ticks + decision.ticks;
      result[result.length - 1] = { ...before, until: decision.until ?? decision.scheduledAt, ticks };
    }
  }
  return result;
}

const isRun = (state: TickState): boolean => state === 'ran' || state === 'caught-up';
