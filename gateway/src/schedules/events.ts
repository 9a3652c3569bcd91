/** What schedules write into the gateway's log. */
import type { ScheduleAddress, TickRecord } from '@sovfn/protocol';
import type { Log } from '../logger.ts';

export function logTicksDecided(log: Log, at: ScheduleAddress, { decisions, replaced }: TickRecord): void {
  for (const { scheduledAt, ticks, state, event } of decisions) {
    log('info', 'tick-decided', { ...placeOf(at), scheduledAt, ticks, state, event });
  }
  if (replaced.length > 0) log('info', 'runs-replaced', { ...placeOf(at), events: replaced });
}

/** The current version does not have the schedule, or has it with other times. */
export function logTickDropped(log: Log, at: ScheduleAddress, scheduledAt: string): void {
  log('info', 'tick-dropped', { ...placeOf(at), scheduledAt });
}

/** There is no room for its event; it is tried again. */
export function logTickPostponed(log: Log, at: ScheduleAddress, scheduledAt: string): void {
  log('warn', 'tick-postponed', { ...placeOf(at), scheduledAt });
}

/** The message comes again. */
export function logTickInterrupted(log: Log, subject: string, error: unknown): void {
  log('warn', 'tick-interrupted', { subject, error: String(error) });
}

/** Nobody takes ticks in this gateway for a moment. */
export function logTicksInterrupted(log: Log, reason: unknown): void {
  log('warn', 'ticks-interrupted', { reason: String(reason) });
}

/** The schedules of a function are looked at again later. */
export function logKeepingFailed(log: Log, of: string, error: unknown): void {
  log('warn', 'schedules-not-kept', { function: of, error: String(error) });
}

/** Schedules go by the clock of the bus; other times that this gateway writes are off by as much. */
export function logClockStep(log: Log, aheadMs: number): void {
  log(Math.abs(aheadMs) < 1_000 ? 'info' : 'warn', 'clock-step', { aheadOfBusMs: aheadMs });
}

function placeOf({ zone, tenant, function: name, schedule }: ScheduleAddress): object {
  return { zone, tenant, function: name, schedule };
}
