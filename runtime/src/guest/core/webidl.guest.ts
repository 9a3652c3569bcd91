/** Conversions of WebIDL: what a Web API does to each argument before it looks at it. `what` names the value in errors. */
import { uncurryThis } from './primordials.guest.ts';

const toWellFormed = uncurryThis(String.prototype.toWellFormed);
const { trunc, abs, sign, min, max, round, floor } = Math;
const { isFinite, isInteger, MAX_SAFE_INTEGER } = Number;
const NOT_LATIN1 = /[^\0-\xff]/;
const EMPTY_DICTIONARY: Dictionary = Object.freeze({ __proto__: null });

export type Dictionary = Readonly<Record<string, unknown>>;

export function requireArguments(given: number, required: number, what: string): void {
  if (given >= required) return;
  const noun = required === 1 ? 'argument' : 'arguments';
  throw new TypeError(`${what}: ${required} ${noun} required, but only ${given} present`);
}

export function domString(value: unknown): string {
  return typeof value === 'string' ? value : `${value as string}`;
}

/** A string without lone surrogates. */
export function usvString(value: unknown): string {
  return toWellFormed(domString(value));
}

export function byteString(value: unknown, what: string): string {
  const string = domString(value);
  if (NOT_LATIN1.test(string)) throw new TypeError(`${what} has a character above U+00FF`);
  return string;
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Null and undefined are the empty dictionary. */
export function dictionary(value: unknown, what: string): Dictionary {
  if (value === undefined || value === null) return EMPTY_DICTIONARY;
  if (!isObject(value)) throw new TypeError(`${what} is not an object`);
  return value as Dictionary;
}

/** `value` as one of an enumeration's strings, or a TypeError that lists them. */
export function enumeration<Value extends string>(value: unknown, values: readonly Value[], what: string): Value {
  const string = domString(value);
  for (let i = 0; i < values.length; i++) if (values[i] === string) return values[i]!;
  throw new TypeError(`${what} is "${string}"; it must be one of "${values.join('", "')}"`);
}

export function sequence<Item>(value: unknown, convert: (item: unknown) => Item, what: string): Item[] {
  if (!isObject(value)) throw new TypeError(`${what} is not an object`);
  const method = (value as Iterable<unknown>)[Symbol.iterator];
  if (typeof method !== 'function') throw new TypeError(`${what} is not iterable`);
  return sequenceFrom(value, method, convert);
}

/** As `sequence`, when the caller has already read the iterator method. */
export function sequenceFrom<Item>(
  value: object,
  method: () => Iterator<unknown>,
  convert: (item: unknown) => Item,
): Item[] {
  const items: Item[] = [];
  // Only this object is iterated by the method that was read: a second read could give another.
  for (const item of { [Symbol.iterator]: () => Reflect.apply(method, value, []) }) items[items.length] = convert(item);
  return items;
}

/** The own enumerable string keys of an object with their values, as WebIDL reads a record<K, V>. */
export function recordEntries<Key, Value>(
  value: object,
  convertKey: (key: string) => Key,
  convertValue: (value: unknown) => Value,
): [Key, Value][] {
  const entries: [Key, Value][] = [];
  for (const key of Reflect.ownKeys(value)) {
    if (Reflect.getOwnPropertyDescriptor(value, key)?.enumerable !== true) continue;
    const converted = convertKey(key as string);
    entries[entries.length] = [converted, convertValue((value as Dictionary)[key as string])];
  }
  return entries;
}

export function double(value: unknown, what: string): number {
  const number = Number(value);
  if (!isFinite(number)) throw new TypeError(`${what} is not a finite number`);
  return number;
}

export function long(value: unknown): number {
  return (value as number) | 0;
}

export function unsignedLong(value: unknown): number {
  return (value as number) >>> 0;
}

export function unsignedShort(value: unknown): number {
  return (value as number) & 0xffff;
}

/** A 64-bit integer modulo 2^64, in the range a double holds exactly. */
export function longLong(value: unknown): number {
  const number = trunc(Number(value));
  if (!isFinite(number)) return 0;
  return Number(BigInt.asIntN(64, BigInt(number)));
}

/** [Clamp] long long. */
export function clampedLongLong(value: unknown): number {
  const number = Number(value);
  if (number !== number) return 0;
  const clamped = min(max(number, -MAX_SAFE_INTEGER), MAX_SAFE_INTEGER);
  return abs(clamped % 1) === 0.5 ? 2 * round(clamped / 2) : sign(clamped) * floor(abs(clamped) + 0.5);
}

/** [EnforceRange] unsigned long long. */
export function enforcedUnsignedLongLong(value: unknown, what: string): number {
  const number = trunc(Number(value));
  if (!isInteger(number) || number < 0 || number > MAX_SAFE_INTEGER) {
    throw new TypeError(`${what} is outside the range 0 to 2^53-1`);
  }
  return number + 0;
}

/** Bytes of an ArrayBuffer or a view, seen in place, or null when `value` is neither. */
export function bufferSourceBytes(value: unknown): Uint8Array<ArrayBuffer> | null {
  if (isArrayBuffer(value)) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return null;
  return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
}

const byteLengthOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!.get!;

export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  if (!isObject(value)) return false;
  try {
    Reflect.apply(byteLengthOf, value, []);
    return true;
  } catch {
    // The getter throws on everything that is no ArrayBuffer: that is the test.
    return false;
  }
}
