/**
 * One tick of a schedule, from the message that NATS fired to the tick after it.
 *
 * Four steps, in this order: the decision is written; the events that it names are accepted; the next tick is planned (at
 * the same time, where the order of the events does not matter); the message is acknowledged (by the caller). Each step can be repeated: a gateway that is killed between any two leaves a
 * message that comes again, and whoever takes it finds the decision and goes on with it.
 *
 * Guarantees: a tick is in one decision, and a decision that runs it leads to one event, over all gateways, as long as its
 * message comes again within MARKER_TTL_MS. A tick of a schedule that the current version does not have, or has with other
 * times, is dropped. Not guaranteed: that a tick runs which was decided in the moment in which its function was deleted.
 * Hostile: nothing; NATS fires what gateways have planned.
 */
import {
  cronOfTiming,
  type DecidedTicks,
  functionKey,
  type FunctionRecord,
  isSovfnError,
  makeNextTick,
  MOST_OPEN_EVENTS,
  type PlannedTick,
  PROTOCOL_VERSION,
  type ScheduleAddress,
  type ScheduleConfig,
  SovfnError,
  type TickRecord,
  timingOf,
} from '@sovfn/protocol';
import type { EventAcceptor } from '../../events/accept/event-acceptor.ts';
import type { EventStops } from '../../events/dispatch/event-stops.ts';
import type { Log } from '../../logger.ts';
import type { DeployedFunction, DeployedFunctions } from '../../routes/deployed-functions.ts';
import { logTickDropped, logTickPostponed, logTicksDecided } from '../events.ts';
import type { OpenEvents } from '../open-events.ts';
import { newTick, NO_TICK, type PlannedTicks } from '../planned-ticks.ts';
import { scheduledEvent } from '../scheduled-event.ts';
import type { SchedulePauses } from '../schedule-pauses.ts';
import type { StoredTickRecord, TickRecords } from '../tick-records.ts';
import { decideTicks } from './decide-ticks.ts';
import { DecisionsFirst } from './decisions-first.ts';
import { dueTicks } from './due-ticks.ts';
import { makeDueTime } from './jitter.ts';

export interface TickHandlerOptions {
  readonly gateway: string;
  readonly functions: Pick<DeployedFunctions, 'get'>;
  /** The record that stands, read past the memory. */
  readonly readFunction: (tenant: string, name: string) => Promise<FunctionRecord | null>;
  /** What the memory shows. */
  readonly seenFunction: (tenant: string, name: string) => FunctionRecord | null;
  readonly acceptor: Pick<EventAcceptor, 'accept' | 'hasRoom'>;
  readonly stops: Pick<EventStops, 'cancel'>;
  readonly records: Pick<TickRecords, 'last' | 'all' | 'write'>;
  readonly planned: Pick<PlannedTicks, 'read' | 'write'>;
  readonly open: Pick<OpenEvents, 'stillOpen'>;
  readonly pauses: Pick<SchedulePauses, 'pausedAt'>;
  /** Plans what the function's current version says; for ticks that are not of it. */
  readonly keep: (tenant: string, name: string) => Promise<void>;
  readonly newEvent: () => string;
  readonly now: () => number;
  readonly log: Log;
}

interface Decided {
  readonly record: TickRecord;
  /** The newest tick about which anything was decided. */
  readonly upTo: string | null;
}

interface Undecided {
  readonly tick: PlannedTick;
  readonly current: Current;
  readonly last: TickRecord | null;
  /** Of all records that are kept, when the tick is behind the last one. */
  readonly known: readonly StoredTickRecord[];
  readonly isBehind: boolean;
}

/** The schedule of a tick, as the current version has it. */
interface Current {
  readonly schedule: ScheduleConfig;
  readonly version: string;
}

const MOST_TRIES = 5;
/** Before a decision is looked at again that cannot be carried out now. Milliseconds. */
const POSTPONE_MS = 5_000;
/** There is no room for the event now; later there may be. */
const NO_ROOM: ReadonlySet<string> = new Set(['too-many-events', 'events-full']);

export class TickHandler {
  readonly #options: TickHandlerOptions;
  readonly #order = new DecisionsFirst();

  constructor(options: TickHandlerOptions) {
    this.#options = options;
  }

  /** When it resolves, the message has done its duty. Throws `bus-unavailable` and others: then it must come again. */
  async handle(at: ScheduleAddress, tick: PlannedTick): Promise<void> {
    const decided = await this.#order.decide(() => this.#findOrDecide(at, tick));
    if (decided === null) return this.#drop(at, tick);
    await this.#order.untilDecided();
    const isDone = this.#mayPlanMeanwhile(at, decided)
      ? await this.#carryOutAndPlan(at, decided)
      : await this.#carryOutThenPlan(at, decided);
    if (!isDone) await this.#postpone(at, tick);
  }

  /**
   * May the next tick come before the events of this one are accepted? Not where it would go by them (`queue` has their
   * order, `replace` cancels them), and not while there is no room for them: then this tick takes the next one's place.
   */
  #mayPlanMeanwhile(at: ScheduleAddress, { record }: Decided): boolean {
    if (record.overlap === 'queue' || record.overlap === 'replace') return false;
    const to = this.#options.functions.get(at.tenant, at.function);
    return to !== null && this.#options.acceptor.hasRoom(to);
  }

  /** Both are messages of one stream: so they are stored with one sync. Either may be repeated without the other. */
  async #carryOutAndPlan(at: ScheduleAddress, decided: Decided): Promise<boolean> {
    const steps = [this.#carryOut(at, decided.record), this.#planNext(at, decided)] as const;
    await Promise.allSettled(steps);
    return (await Promise.all(steps))[0];
  }

  async #carryOutThenPlan(at: ScheduleAddress, decided: Decided): Promise<boolean> {
    const isAccepted = await this.#carryOut(at, decided.record);
    if (isAccepted) await this.#planNext(at, decided);
    return isAccepted;
  }

  /** Null: it is no tick any more. */
  async #findOrDecide(at: ScheduleAddress, tick: PlannedTick): Promise<Decided | null> {
    for (let tries = 1; ; tries++) {
      const last = await this.#options.records.last(at);
      const isBehind = last !== null && wasPassed(tick, last.record);
      const known = isBehind ? await this.#options.records.all(at) : [];
      const found = known.find(({ record }) => holds(record, tick));
      if (found !== undefined) return { record: found.record, upTo: last!.record.decidedUpTo };
      const current = await this.#current(at, tick);
      if (current === null) return null;
      const record = await this.#decide(at, { tick, current, last: last?.record ?? null, known, isBehind });
      if (await this.#options.records.write(at, record, last)) {
        logTicksDecided(this.#options.log, at, record);
        this.#count(at, record);
        return { record, upTo: record.decidedUpTo };
      }
      if (tries === MOST_TRIES)
        throw new SovfnError('bus-unavailable', 'other gateways decide about the same schedule');
    }
  }

  #count({ tenant, function: name }: ScheduleAddress, { decisions }: TickRecord): void {
    const counts = this.#options.functions.get(tenant, name)?.counts;
    for (const { state, ticks } of decisions) counts?.noteTicks(state, ticks ?? 1);
  }

  async #decide(at: ScheduleAddress, { tick, current, last, known, isBehind }: Undecided): Promise<TickRecord> {
    const { schedule, version } = current;
    const { gateway, newEvent, pauses } = this.#options;
    const now = this.#options.now();
    const first = Date.parse(tick.scheduledAt);
    const before = isBehind ? nextDecided(tick, last!, known) : Infinity;
    const open = await this.#openEvents(at, schedule, last);
    const decisions = decideTicks({
      due: dueTicks({ next: makeNextTick(schedule), dueAtOf: makeDueTime(at, schedule), first, now, before }),
      ...{ now, missed: schedule.missed, overlap: schedule.overlap, isOvertaken: isBehind, newEvent },
      isPaused: pauses.pausedAt(at) !== null,
      hasOpen: open.length > 0,
    });
    const begun = decisions.flatMap(({ event }) => event ?? []);
    const replaced = schedule.overlap === 'replace' && begun.length > 0 ? open : [];
    const newest = decisions.at(-1)!;
    return {
      ...{ v: PROTOCOL_VERSION, cause: 'tick', decidedAt: new Date(now).toISOString(), gateway, version },
      ...{ timing: tick.timing, overlap: schedule.overlap, decisions, replaced },
      decidedUpTo: isBehind ? last!.decidedUpTo : (newest.until ?? newest.scheduledAt),
      open: [...open.filter((event) => !replaced.includes(event)), ...begun].slice(-MOST_OPEN_EVENTS),
    };
  }

  /** Only where the policy depends on it are events asked for. */
  async #openEvents(at: ScheduleAddress, { overlap }: ScheduleConfig, last: TickRecord | null): Promise<string[]> {
    const known = last?.open ?? [];
    return overlap === 'skip' || overlap === 'replace' ? this.#options.open.stillOpen(at, known) : [...known];
  }

  /** False: there is no room for its events now. */
  async #carryOut(at: ScheduleAddress, record: TickRecord): Promise<boolean> {
    const runs = record.decisions.filter(({ event }) => event !== null);
    const to = runs.length === 0 ? null : await this.#functionOf(at);
    if (to === null) return true;
    try {
      for (const event of record.replaced) await this.#cancel(at, event);
      // One after the other: the order in which they are accepted is the order of a queue.
      for (const run of runs) await this.#options.acceptor.accept(scheduledEvent(to, eventOf(at, record, run)));
      return true;
    } catch (error) {
      if (isSovfnError(error) && NO_ROOM.has(error.code)) return false;
      throw error;
    }
  }

  /** Null: it is not in this zone any more. */
  async #functionOf(at: ScheduleAddress): Promise<DeployedFunction | null> {
    const seen = this.#options.functions.get(at.tenant, at.function);
    if (seen?.target.zone === at.zone) return seen;
    const standing = await this.#options.readFunction(at.tenant, at.function);
    if (standing?.manifest.config.residency !== at.zone) return null;
    throw new SovfnError('bus-unavailable', `this gateway has not seen ${functionKey(at.tenant, at.function)} yet`);
  }

  async #cancel(at: ScheduleAddress, event: string): Promise<void> {
    try {
      await this.#options.stops.cancel(at, event);
    } catch (error) {
      if (!isSovfnError(error) || error.code !== 'event-not-found') throw error;
    }
  }

  /** The same tick comes again in a while; its decision stands. */
  async #postpone(at: ScheduleAddress, tick: PlannedTick): Promise<void> {
    logTickPostponed(this.#options.log, at, tick.scheduledAt);
    const again = { schedule: at.schedule, tick, dueAt: this.#options.now() + POSTPONE_MS, replaces: NO_TICK };
    if (await this.#options.planned.write(at, [again])) return;
    throw new SovfnError('too-many-events', `the run of "${at.schedule}" at ${tick.scheduledAt} must wait`);
  }

  async #planNext(at: ScheduleAddress, { record, upTo }: Decided): Promise<void> {
    const schedule = scheduleIn(this.#options.seenFunction(at.tenant, at.function), at);
    if (schedule === null || timingOf(schedule) !== record.timing || upTo === null) return this.#keep(at);
    const scheduledAt = makeNextTick(schedule)(Date.parse(upTo));
    if (scheduledAt === null) return;
    if (await this.#options.planned.write(at, [newTick(at, schedule, scheduledAt, NO_TICK)])) return;
    const standing = await this.#options.planned.read(at);
    if (standing?.tick?.timing !== record.timing) await this.#keep(at);
  }

  async #drop(at: ScheduleAddress, { scheduledAt }: PlannedTick): Promise<void> {
    logTickDropped(this.#options.log, at, scheduledAt);
    await this.#keep(at);
  }

  async #keep({ tenant, function: name }: ScheduleAddress): Promise<void> {
    await this.#options.keep(tenant, name);
  }

  /** A memory that lags behind must not drop a tick of the newest version: only the registry itself says that it is none. */
  async #current(at: ScheduleAddress, tick: PlannedTick): Promise<Current | null> {
    const { seenFunction, readFunction } = this.#options;
    const seen = currentIn(seenFunction(at.tenant, at.function), at, tick);
    return seen ?? currentIn(await readFunction(at.tenant, at.function), at, tick);
  }
}

function currentIn(record: FunctionRecord | null, at: ScheduleAddress, tick: PlannedTick): Current | null {
  const schedule = scheduleIn(record, at);
  if (schedule === null || timingOf(schedule) !== tick.timing) return null;
  return { schedule, version: record!.current };
}

function scheduleIn(record: FunctionRecord | null, at: ScheduleAddress): ScheduleConfig | null {
  if (record === null || record.manifest.config.residency !== at.zone) return null;
  return record.manifest.config.schedules.find(({ name }) => name === at.schedule) ?? null;
}

/** Something was decided about this tick or a newer one: by a gateway that was lost before it had acknowledged. */
function wasPassed(tick: PlannedTick, { timing, decidedUpTo }: TickRecord): boolean {
  return timing === tick.timing && decidedUpTo !== null && decidedUpTo >= tick.scheduledAt;
}

function holds({ cause, timing, decisions }: TickRecord, tick: PlannedTick): boolean {
  if (cause !== 'tick' || timing !== tick.timing) return false;
  return decisions.some(({ scheduledAt, until }) => {
    return scheduledAt <= tick.scheduledAt && tick.scheduledAt <= (until ?? scheduledAt);
  });
}

/** The first tick behind this one about which anything was decided. */
function nextDecided(tick: PlannedTick, last: TickRecord, known: readonly StoredTickRecord[]): number {
  const same = known.filter(({ record: { cause, timing } }) => cause === 'tick' && timing === tick.timing);
  const starts = same.flatMap(({ record }) => record.decisions.map(({ scheduledAt }) => scheduledAt));
  const later = [last.decidedUpTo!, ...starts].filter((scheduledAt) => scheduledAt > tick.scheduledAt);
  return Math.min(...later.map((scheduledAt) => Date.parse(scheduledAt)));
}

function eventOf({ schedule: name }: ScheduleAddress, { timing, overlap }: TickRecord, run: DecidedTicks) {
  const cause = run.state === 'caught-up' ? 'caught-up' : 'tick';
  return { id: run.event!, name, cron: cronOfTiming(timing), scheduledAt: run.scheduledAt, cause, overlap } as const;
}
