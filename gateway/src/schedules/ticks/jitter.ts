import { createHash } from 'node:crypto';
import { durationMs, type ScheduleAddress, type ScheduleConfig } from '@sovfn/protocol';

/** 48 bits, which a number holds exactly. */
const BYTES = 6;
const RANGE = 256 ** BYTES;

/**
 * When a tick is to begin: its own time and up to the schedule's jitter later. The same for every gateway and every look,
 * and spread evenly over ticks and schedules.
 */
export function makeDueTime(at: ScheduleAddress, { jitter }: ScheduleConfig): (scheduledAt: number) => number {
  if (jitter === undefined) return (scheduledAt) => scheduledAt;
  const most = durationMs(jitter);
  const name = `${at.zone}.${at.tenant}.${at.function}.${at.schedule}`;
  return (scheduledAt) => {
    const hash = createHash('sha256').update(`${name} ${scheduledAt}`).digest();
    return scheduledAt + Math.floor((hash.readUIntBE(0, BYTES) / RANGE) * most);
  };
}
