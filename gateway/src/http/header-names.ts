import { HOP_BY_HOP_HEADERS, RESERVED_HEADER_PREFIX } from '@sovfn/protocol';

/** What HTTP allows in no value of a header (RFC 9110, section 5.5). */
export const NOT_IN_HEADER_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** Stands for a name that is not passed on. */
export const DROPPED = '';

const RESERVED_PREFIXES = [RESERVED_HEADER_PREFIX, 'nats-', 'x-forwarded-'];
const KNOWN_NAMES_LIMIT = 1_000;

/** Names as callers spell them to what is passed on. Bounded: callers choose the names. */
const knownNames = new Map<string, string>();

/**
 * A header's name as a function gets it: lower case; DROPPED for a hop-by-hop header, and for one that the platform or a
 * proxy sets, so that a caller cannot speak in their name.
 */
export function forwardedName(raw: string): string {
  const known = knownNames.get(raw);
  if (known !== undefined) return known;
  const lower = raw.toLowerCase();
  const name = isForwarded(lower) ? lower : DROPPED;
  if (knownNames.size < KNOWN_NAMES_LIMIT) knownNames.set(raw, name);
  return name;
}

function isForwarded(name: string): boolean {
  if (HOP_BY_HOP_HEADERS.has(name) || name === 'forwarded') return false;
  return !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}
