/**
 * Sees to it that each schedule of each function's current version has its next tick planned, and nothing else has one.
 *
 * The function's record in the registry is the truth: the keeper follows it, and every gateway has one. What a gateway that
 * was lost had not done yet, the others do when they see the same record; what got lost on the bus, the look at everything
 * every CHECK_MS finds. Nothing is kept in memory for a schedule.
 *
 * Guarantees: after a change of the record the ticks of the old version are replaced or removed; a tick that comes all the
 * same is dropped by whoever takes it. A new schedule counts from the moment in which its version became current, so that
 * what comes due before somebody plans it is late and not lost. Hostile: nothing.
 */
import type { FunctionRegistry } from '@sovfn/bus';
import {
  cronSubject,
  type FunctionAddress,
  functionKey,
  type FunctionRecord,
  makeNextTick,
  type ScheduleAddress,
  type ScheduleConfig,
  scheduleOfSubject,
  SovfnError,
  timingOf,
} from '@sovfn/protocol';
import type { Log } from '../logger.ts';
import { logKeepingFailed } from './events.ts';
import { type NewTick, newTick, NO_TICK, type PlannedTicks, type StoredTick } from './planned-ticks.ts';
import type { SchedulePauses } from './schedule-pauses.ts';
import type { TickRecords } from './tick-records.ts';

export interface ScheduleKeeperOptions {
  readonly registry: Pick<FunctionRegistry, 'all' | 'get' | 'entry' | 'onChange'>;
  readonly zones: readonly string[];
  readonly planned: PlannedTicks;
  readonly records: TickRecords;
  readonly pauses: Pick<SchedulePauses, 'forget'>;
  readonly log: Log;
}

const CHECK_MS = 5 * 60_000;
/** After a failure. Milliseconds. */
const AGAIN_MS = 5_000;
const MOST_TRIES = 8;
/** Functions that are looked at together. */
const AT_ONCE = 16;

interface FunctionName {
  readonly tenant: string;
  readonly name: string;
}

export class ScheduleKeeper implements AsyncDisposable {
  readonly #options: ScheduleKeeperOptions;
  /** Functions that are to be looked at, by key. */
  readonly #due = new Map<string, FunctionName>();
  readonly #stopWatching: () => void;
  /** On the clock of `performance.now()`. */
  #nextCheckAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: ScheduleKeeperOptions) {
    this.#options = options;
    this.#stopWatching = options.registry.onChange((key) => {
      this.#due.set(key, nameOfKey(key));
      this.#start();
    });
    this.#start();
  }

  /** Resolves when nothing is left to do that was known when it was called. */
  async settled(): Promise<void> {
    while (this.#work !== null) await this.#work;
  }

  /** Plans what the registry says about one function now. Throws `bus-unavailable`. */
  async keep(tenant: string, name: string): Promise<void> {
    const { record } = await this.#options.registry.entry(tenant, name);
    await this.#keepRecord(tenant, name, record);
    if (record === null) await this.#options.pauses.forget({ tenant, function: name });
  }

  /** What is under way is finished; nothing new is begun. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#stopWatching();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.settled();
  }

  #start(): void {
    if (this.#isClosed || this.#work !== null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#work = this.#run().then((failures) => {
      this.#work = null;
      if (this.#isClosed) return;
      const waitMs = failures > 0 ? AGAIN_MS : Math.max(0, this.#nextCheckAt - performance.now());
      this.#timer = setTimeout(() => this.#start(), waitMs).unref();
    });
  }

  /** Never rejects. Resolves with how much is to be tried again. */
  async #run(): Promise<number> {
    const failed: FunctionName[] = [];
    try {
      if (performance.now() >= this.#nextCheckAt) await this.#findDifferences();
      while (this.#due.size > 0 && !this.#isClosed) failed.push(...(await this.#keepSome()));
    } catch (error) {
      logKeepingFailed(this.#options.log, '*', error);
      return 1;
    }
    for (const of of failed) this.#due.set(functionKey(of.tenant, of.name), of);
    return failed.length;
  }

  /** Returns those that failed. */
  async #keepSome(): Promise<FunctionName[]> {
    const some = [...this.#due.entries()].slice(0, AT_ONCE);
    for (const [key] of some) this.#due.delete(key);
    const kept = await Promise.all(some.map(async ([, of]) => this.#keepOrLog(of)));
    return some.flatMap(([, of], index) => (kept[index] === true ? [] : [of]));
  }

  async #keepOrLog({ tenant, name }: FunctionName): Promise<boolean> {
    try {
      await this.keep(tenant, name);
      return true;
    } catch (error) {
      logKeepingFailed(this.#options.log, functionKey(tenant, name), error);
      return false;
    }
  }

  /** What is planned is compared with what shall be: only functions where they differ are looked at further. */
  async #findDifferences(): Promise<void> {
    const wanted = this.#wantedTimings();
    for (const zone of this.#options.zones) {
      for await (const page of this.#options.planned.readZone(zone)) {
        for (const [at, { tick }] of page) {
          const subject = cronSubject(at, at.schedule);
          if (wanted.get(subject) === tick?.timing) wanted.delete(subject);
          else this.#markDue(at);
        }
      }
    }
    for (const subject of wanted.keys()) this.#markDue(scheduleOfSubject(subject)!);
    this.#nextCheckAt = performance.now() + CHECK_MS;
  }

  #markDue({ tenant, function: name }: ScheduleAddress): void {
    this.#due.set(functionKey(tenant, name), { tenant, name });
  }

  /** By subject. */
  #wantedTimings(): Map<string, string> {
    const wanted = new Map<string, string>();
    for (const record of this.#options.registry.all()) {
      const { residency: zone, schedules } = record.manifest.config;
      if (!this.#options.zones.includes(zone)) continue;
      const of = { zone, tenant: record.tenant, function: record.name };
      for (const schedule of schedules) {
        if (!hasEnded(schedule)) wanted.set(cronSubject(of, schedule.name), timingOf(schedule));
      }
    }
    return wanted;
  }

  async #keepRecord(tenant: string, name: string, record: FunctionRecord | null): Promise<void> {
    for (const zone of this.#options.zones) {
      const isHome = record?.manifest.config.residency === zone;
      const schedules = isHome ? record.manifest.config.schedules : [];
      await this.#keepInZone({ zone, tenant, function: name }, schedules, record?.deployedAt ?? null);
    }
  }

  async #keepInZone(of: FunctionAddress, schedules: readonly ScheduleConfig[], since: string | null): Promise<void> {
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const standing = await this.#options.planned.readFunction(of);
      const wrong = schedules.filter((schedule) => standing.get(schedule.name)?.tick?.timing !== timingOf(schedule));
      const planned = await Promise.all(
        wrong.map(async (schedule) => this.#plan(of, schedule, { since: since!, standing })),
      );
      if (
        !(await this.#options.planned.write(
          of,
          planned.filter((tick) => tick !== null),
        ))
      )
        continue;
      return this.#removeOthers(of, schedules, standing);
    }
    throw new SovfnError('bus-unavailable', `other gateways plan the same schedules of "${of.function}"`);
  }

  /** Null: there is no further tick. */
  async #plan(
    of: FunctionAddress,
    schedule: ScheduleConfig,
    { since, standing }: { since: string; standing: ReadonlyMap<string, StoredTick> },
  ): Promise<NewTick | null> {
    const at: ScheduleAddress = { ...of, schedule: schedule.name };
    const last = (await this.#options.records.last(at))?.record ?? null;
    const upTo = last?.timing === timingOf(schedule) ? last.decidedUpTo : null;
    const scheduledAt = makeNextTick(schedule)(Date.parse(upTo !== null && upTo > since ? upTo : since));
    if (scheduledAt === null) return null;
    return newTick(at, schedule, scheduledAt, standing.get(schedule.name)?.sequence ?? NO_TICK);
  }

  /** Ticks of schedules that are gone, or that have no further one. */
  async #removeOthers(
    of: FunctionAddress,
    schedules: readonly ScheduleConfig[],
    standing: ReadonlyMap<string, StoredTick>,
  ): Promise<void> {
    const wanted = new Map(schedules.map((schedule) => [schedule.name, timingOf(schedule)]));
    for (const [schedule, { tick, sequence }] of standing) {
      if (wanted.get(schedule) !== tick?.timing) await this.#options.planned.remove({ ...of, schedule }, sequence);
    }
  }
}

/** Names hold no dot. */
function nameOfKey(key: string): FunctionName {
  const [tenant = '', name = ''] = key.split('.');
  return { tenant, name };
}

function hasEnded(schedule: ScheduleConfig): boolean {
  return schedule.end !== undefined && makeNextTick(schedule)(Date.now()) === null;
}
