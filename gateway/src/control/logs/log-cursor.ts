/**
 * Where a reader of a log stands: in each zone the message of the log stream that comes next, how many of its entries the
 * reader has, and when the last message that it has seen was stored. As text `fr:1203.4.1764201600000,eu:88.0.0`.
 * Hostile: every cursor that comes in.
 */
import { isName, SovfnError } from '@sovfn/protocol';
import type { LogPosition } from '../../archive/log-place.ts';

export type LogCursor = ReadonlyMap<string, LogPosition>;

const POSITION = /^([a-z0-9-]{1,63}):(\d{1,15})\.(\d{1,9})\.(\d{1,13})$/;
const MOST_ZONES = 32;

export function formatCursor(cursor: LogCursor): string {
  return [...cursor].map(([zone, { sequence, skip, storedAt }]) => `${zone}:${sequence}.${skip}.${storedAt}`).join(',');
}

/** Throws `bad-request`. */
export function parseCursor(text: string): LogCursor {
  const parts = text.split(',', MOST_ZONES + 1).map((part) => POSITION.exec(part));
  const positions = parts.flatMap((match) => {
    if (match === null || !isName(match[1]!)) return [];
    const [sequence, skip, storedAt] = match.slice(2).map(Number) as [number, number, number];
    return [[match[1]!, { sequence: Math.max(1, sequence), skip, storedAt }] as const];
  });
  if (positions.length === parts.length && parts.length <= MOST_ZONES) return new Map(positions);
  throw new SovfnError('bad-request', `${JSON.stringify(text.slice(0, 100))} is no position in a log`, {
    hint: 'Give the id of the last event that was received, as it was sent.',
  });
}
