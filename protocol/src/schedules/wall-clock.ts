/**
 * Local times of a zone and the instants they name. A local time that the clocks jump over stands for the first instant
 * after the jump; one that they show twice stands for the first time.
 *
 * Local times are milliseconds like instants, as if the zone were UTC. Pure; the rules of zones are those of this Node.
 */

/** A stretch of time in which a zone keeps its distance from UTC. */
export interface Stretch {
  /** Local time minus instant. Milliseconds. */
  readonly offset: number;
  /** The first instant; -Infinity when the distance was never another. */
  readonly start: number;
  /** The first instant after it, or Infinity. */
  readonly end: number;
  /** The distance before `start`; that of the stretch itself when there was no other. */
  readonly offsetBefore: number;
}

const NANOSECONDS = 1_000_000;
const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/;
/** Names of zones, not distances such as +02:00. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+/-]*$/;

export function isTimeZone(name: string): boolean {
  if (!ZONE_NAME.test(name)) return false;
  try {
    zoned(0, name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export function stretchAt(instant: number, timeZone: string): Stretch {
  const at = zoned(instant, timeZone);
  // The transition before an instant is strictly before it; the one that starts at this instant counts here.
  const start = zoned(instant + 1, timeZone).getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity;
  const end = at.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity;
  const offset = offsetOf(at);
  const offsetBefore = start === -Infinity ? offset : offsetOf(zoned(start - 1, timeZone));
  return { offset, start, end, offsetBefore };
}

export function localTimeOf(instant: number, timeZone: string): number {
  return instant + offsetOf(zoned(instant, timeZone));
}

/** `2026-10-25T02:30+01:00` as written, `2026-10-25T02:30` in the zone. Null for a text that is no time. */
export function instantOf(text: string, timeZone: string): number | null {
  try {
    if (INSTANT.test(text)) return Temporal.Instant.from(text).epochMilliseconds;
    return LOCAL_TIME.test(text) ? firstInstantOf(Temporal.PlainDateTime.from(text), timeZone) : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function firstInstantOf(local: Temporal.PlainDateTime, timeZone: string): number {
  const first = local.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  if (first.toPlainDateTime().equals(local)) return first.epochMilliseconds;
  return first.getTimeZoneTransition('next')!.epochMilliseconds;
}

function zoned(instant: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone);
}

function offsetOf(at: Temporal.ZonedDateTime): number {
  return at.offsetNanoseconds / NANOSECONDS;
}
