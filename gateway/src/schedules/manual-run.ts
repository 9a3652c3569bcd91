import {
  instantOf,
  MOST_OPEN_EVENTS,
  PROTOCOL_VERSION,
  type ScheduleAddress,
  type ScheduleConfig,
  SovfnError,
  type TickRecord,
  timingOf,
} from '@sovfn/protocol';
import type { EventAcceptor } from '../events/accept/event-acceptor.ts';
import type { DeployedFunction } from '../routes/deployed-functions.ts';
import { scheduledEvent } from './scheduled-event.ts';
import type { TickRecords } from './tick-records.ts';

export interface ManualRunOptions {
  readonly gateway: string;
  readonly acceptor: Pick<EventAcceptor, 'accept'>;
  readonly records: TickRecords;
  readonly newEvent: () => string;
}

export interface ManualRun {
  readonly event: string;
  readonly scheduledAt: string;
}

const SECOND_MS = 1_000;
const MOST_TRIES = 8;

/**
 * Runs a schedule once, whatever its ticks, its pause and its overlap policy say; a run of `overlap: queue` waits its turn.
 * `at`: the time that the handler is told, in the schedule's zone when it has no offset; null: now. Throws `bad-request` for
 * a text that is no time, and what accepting throws.
 */
export async function runManually(
  options: ManualRunOptions,
  { to, schedule, at }: { to: DeployedFunction; schedule: ScheduleConfig; at: string | null },
): Promise<ManualRun> {
  const { name, cron, overlap } = schedule;
  const scheduledAt = new Date(timeOf(at, schedule)).toISOString();
  const id = options.newEvent();
  await options.acceptor.accept(scheduledEvent(to, { id, name, cron, scheduledAt, cause: 'manual', overlap }));
  const address = { zone: to.target.zone, tenant: to.tenant, function: to.name, schedule: name };
  await recordRun(options, address, { schedule, version: to.version, scheduledAt, event: id });
  return { event: id, scheduledAt };
}

function timeOf(at: string | null, { timezone }: ScheduleConfig): number {
  if (at === null) return Math.floor(Date.now() / SECOND_MS) * SECOND_MS;
  const instant = instantOf(at, timezone);
  if (instant !== null) return instant;
  throw new SovfnError('bad-request', `"${at}" is no time`, {
    hint: `Write 2026-10-25T02:30 for a time in ${timezone}, or 2026-10-25T02:30+01:00.`,
  });
}

/** The event is accepted: its run is told whatever happens here, and missing in the schedule's own history at worst. */
async function recordRun(
  { gateway, records }: ManualRunOptions,
  at: ScheduleAddress,
  run: { schedule: ScheduleConfig; version: string; scheduledAt: string; event: string },
): Promise<void> {
  const { schedule, version, scheduledAt, event } = run;
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const last = await records.last(at);
    const record: TickRecord = {
      ...{ v: PROTOCOL_VERSION, cause: 'manual', decidedAt: new Date().toISOString(), gateway, version },
      ...{ timing: last?.record.timing ?? timingOf(schedule), overlap: schedule.overlap },
      decidedUpTo: last?.record.decidedUpTo ?? null,
      decisions: [{ scheduledAt, until: null, ticks: 1, state: 'ran', event }],
      open: [...(last?.record.open ?? []), event].slice(-MOST_OPEN_EVENTS),
      replaced: [],
    };
    if (await records.write(at, record, last)) return;
  }
  throw new SovfnError(
    'bus-unavailable',
    `event ${event} runs, but could not be noted in the history of "${at.schedule}"`,
  );
}
