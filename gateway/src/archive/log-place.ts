/**
 * Finds where in a log stream to begin. The stream is written without syncing, so a server that was killed may have lost
 * its last messages and given their numbers to others: a position is checked by when its message was stored.
 */
import type { JetStreamManager } from '@nats-io/jetstream';
import type { LogGap } from '@sovfn/protocol';

export interface LogPosition {
  readonly sequence: number;
  /** Entries of that message that were read already. */
  readonly skip: number;
  /** Of the last message that was read, in part or whole; milliseconds since 1970, 0 when none was. */
  readonly storedAt: number;
}

export interface LogPlace {
  readonly start: LogPosition;
  /** First message to be delivered: its number, or when it was stored. */
  readonly from: number | Date;
  /** Why entries may be missing in front of it. */
  readonly loss: LogGap['reason'] | null;
  /** Number of the stream's newest message. */
  readonly last: number;
  /** Number of the stream's oldest message. */
  readonly first: number;
}

/** A position, a time, or `now`; null: everything there is. */
export type LogBegin = LogPosition | Date | 'now' | null;

/** Throws what the client library throws. */
export async function findPlace(manager: JetStreamManager, stream: string, begin: LogBegin): Promise<LogPlace> {
  const { first_seq: firstOrZero, last_seq: last, last_ts: lastAt } = (await manager.streams.info(stream)).state;
  const first = Math.max(1, firstOrZero);
  const found = { loss: null, last, first };
  if (begin === 'now') {
    const start = { sequence: last + 1, skip: 0, storedAt: last === 0 ? 0 : Date.parse(lastAt) };
    return { ...found, start, from: start.sequence };
  }
  const oldest = { sequence: first, skip: 0, storedAt: 0 };
  if (begin === null) return { ...found, start: oldest, from: first };
  if (begin instanceof Date) return { ...found, start: oldest, from: begin };
  if (await isOfLostMessages(manager, stream, begin, last)) {
    const from = begin.storedAt === 0 ? first : new Date(begin.storedAt + 1);
    return { ...found, start: begin, from, loss: 'bus-disconnected' };
  }
  if (begin.sequence < first) return { ...found, start: oldest, from: first, loss: 'expired' };
  return { ...found, start: begin, from: begin.sequence };
}

async function isOfLostMessages(
  manager: JetStreamManager,
  stream: string,
  { sequence, skip, storedAt }: LogPosition,
  last: number,
): Promise<boolean> {
  const seen = skip > 0 ? sequence : sequence - 1;
  if (seen > last) return true;
  if (storedAt === 0 || seen === 0) return false;
  const message = await manager.streams.getMessage(stream, { seq: seen });
  return message !== null && message.time.getTime() !== storedAt;
}
