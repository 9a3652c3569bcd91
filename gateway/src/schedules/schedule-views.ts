/** Schedules as the control API shows them. */
import {
  type FunctionRecord,
  makeNextTick,
  type ScheduleAddress,
  type ScheduleConfig,
  type ScheduleHistory,
  type ScheduleSummary,
} from '@sovfn/protocol';
import type { OpenEvents } from './open-events.ts';
import type { SchedulePauses } from './schedule-pauses.ts';
import type { TickRecords } from './tick-records.ts';

export interface ScheduleViewsOptions {
  readonly records: TickRecords;
  readonly pauses: Pick<SchedulePauses, 'pausedAt'>;
  readonly open: OpenEvents;
}

const SHOWN_TICKS = 5;

export class ScheduleViews {
  readonly #options: ScheduleViewsOptions;

  constructor(options: ScheduleViewsOptions) {
    this.#options = options;
  }

  /** Throws `bus-unavailable`. */
  async summarize(record: FunctionRecord, schedule: ScheduleConfig): Promise<ScheduleSummary> {
    const at = { zone: record.manifest.config.residency, ...namesOf(record), schedule: schedule.name };
    const last = await this.#options.records.last(at);
    const { name, cron, timezone, overlap, missed, except = null } = schedule;
    return {
      ...{ function: record.name, name, cron, timezone, overlap, missed, except },
      pausedAt: this.#options.pauses.pausedAt(at),
      next: nextTicks(schedule),
      last: last?.record.decisions.at(-1) ?? null,
    };
  }

  /** `before`: what an earlier page called `next`. Throws `bus-unavailable`. */
  async history(
    at: ScheduleAddress,
    { limit, before }: { limit: number; before: number },
  ): Promise<Pick<ScheduleHistory, 'ticks' | 'next'>> {
    const all = await this.#options.records.all(at);
    const entries = all
      .flatMap(({ record, sequence }) => {
        const { cause, decidedAt, version, decisions } = record;
        return decisions.map((decision) => ({ sequence, tick: { ...decision, cause, decidedAt, version } }));
      })
      .toReversed();
    const older = entries.filter(({ sequence }) => sequence < before);
    const page = wholeRecords(older, limit);
    const ticks = await Promise.all(
      page.map(async ({ tick }) => {
        const eventState = tick.event === null ? null : await this.#options.open.state(at, tick.event);
        return { ...tick, eventState };
      }),
    );
    return { ticks, next: page.length < older.length ? String(page.at(-1)!.sequence) : null };
  }
}

/** The first entries, and the rest of the record in which the last of them stands. */
function wholeRecords<T extends { readonly sequence: number }>(entries: readonly T[], limit: number): T[] {
  const last = entries[Math.min(limit, entries.length) - 1];
  return last === undefined ? [] : entries.filter(({ sequence }) => sequence >= last.sequence);
}

function nextTicks(schedule: ScheduleConfig): string[] {
  const next = makeNextTick(schedule);
  const ticks: string[] = [];
  for (let tick = next(Date.now()); tick !== null && ticks.length < SHOWN_TICKS; tick = next(tick)) {
    ticks.push(new Date(tick).toISOString());
  }
  return ticks;
}

const namesOf = ({ tenant, name }: FunctionRecord) => ({ tenant, function: name });
