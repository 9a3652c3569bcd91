/**
 * JSON with exactly one spelling (RFC 8785, JCS): keys in the order of their UTF-16 code units, no white space, numbers that
 * are safe integers. What is signed or hashed is this text in UTF-8, so a document can be shown and stored as JSON and be
 * checked after it was read.
 */
export type CanonicalValue =
  null | boolean | number | string | readonly CanonicalValue[] | { readonly [key: string]: CanonicalValue };

/** Throws RangeError for what has no single spelling: fractions, lone surrogates. */
export function canonicalJson(value: CanonicalValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (typeof value === 'string') return canonicalString(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${canonicalString(key)}:${canonicalJson(value[key]!)}`);
  return `{${members.join(',')}}`;
}

/** The same with line breaks, for people: keys in the same order, two spaces for each level. */
export function readableJson(value: CanonicalValue): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)}\n`;
}

function canonicalNumber(value: number): string {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    throw new RangeError(`${value} is no safe integer, and only those are signed`);
  }
  return String(value);
}

function canonicalString(value: string): string {
  if (!value.isWellFormed()) throw new RangeError('a text with half a character cannot be signed');
  return JSON.stringify(value);
}

function isList(value: CanonicalValue): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}
