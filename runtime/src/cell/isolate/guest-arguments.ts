/** What a guest gives as an argument is checked here, and a wrong one is thrown back into the guest as a TypeError. */
export function text(value: unknown, longest: number): string {
  if (typeof value !== 'string' || value.length > longest) throw new TypeError('a string was expected');
  return value;
}

export function count(value: unknown): number {
  return between(value, 0, Number.MAX_SAFE_INTEGER);
}

export function between(value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= most)) throw new TypeError('a number is out of range');
  return value;
}

export function buffer(value: unknown): ArrayBuffer {
  if (!(value instanceof ArrayBuffer)) throw new TypeError('an ArrayBuffer was expected');
  return value;
}
