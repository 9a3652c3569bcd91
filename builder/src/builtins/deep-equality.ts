/** When two values are deeply equal, as `node:assert` and `util.isDeepStrictEqual` have it. */

/** Pairs under comparison: a cycle is equal when its other end is in the same pair. */
type Pairs = Map<object, object>;

export function isDeepEqual(a: unknown, b: unknown, isStrict: boolean): boolean {
  return compare(a, b, isStrict, new Map());
}

function compare(a: unknown, b: unknown, isStrict: boolean, pairs: Pairs): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return !isStrict && !isObject(a) && !isObject(b) && isLooselyEqual(a, b);
  if (pairs.get(a) === b) return true;
  if (isStrict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (tagOf(a) !== tagOf(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  pairs.set(a, b);
  return hasEqualContent(a, b, isStrict, pairs) && hasEqualProperties(a, b, isStrict, pairs);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const tagOf = (value: object): string => Object.prototype.toString.call(value);
// eslint-disable-next-line eqeqeq -- what loose equality means
const isLooselyEqual = (a: unknown, b: unknown): boolean => a == b || (Number.isNaN(a) && Number.isNaN(b));

/** What objects hold beside their properties. */
function hasEqualContent(a: object, b: object, isStrict: boolean, pairs: Pairs): boolean {
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  if (a instanceof RegExp && b instanceof RegExp) return String(a) === String(b) && a.lastIndex === b.lastIndex;
  if (a instanceof Error && b instanceof Error) {
    return a.message === b.message && a.name === b.name && compare(a.cause, b.cause, isStrict, pairs);
  }
  if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) return hasEqualBytes(new Uint8Array(a), new Uint8Array(b));
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return hasEqualBytes(bytesOf(a), bytesOf(b));
  if (a instanceof Map && b instanceof Map) return hasEqualEntries(a, b, isStrict, pairs);
  if (a instanceof Set && b instanceof Set) return hasEqualMembers(a, b, isStrict, pairs);
  if (isBoxed(a) && isBoxed(b)) return Object.is(a.valueOf(), b.valueOf());
  return !(a instanceof WeakMap || a instanceof WeakSet || a instanceof Promise);
}

const isBoxed = (value: object): boolean =>
  value instanceof Number || value instanceof String || value instanceof Boolean;
const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const hasEqualBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

function hasEqualEntries(a: Map<unknown, unknown>, b: Map<unknown, unknown>, isStrict: boolean, pairs: Pairs): boolean {
  if (a.size !== b.size) return false;
  const others = new Map(b);
  for (const [key, value] of a) {
    const found = others.has(key) ? key : [...others.keys()].find((other) => isAlike(key, other, isStrict, pairs));
    if (!others.has(found) || !compare(value, others.get(found), isStrict, pairs)) return false;
    others.delete(found);
  }
  return true;
}

function hasEqualMembers(a: Set<unknown>, b: Set<unknown>, isStrict: boolean, pairs: Pairs): boolean {
  if (a.size !== b.size) return false;
  const others = new Set(b);
  for (const member of a) {
    const found = others.has(member) ? member : [...others].find((other) => isAlike(member, other, isStrict, pairs));
    if (!others.delete(found)) return false;
  }
  return true;
}

/** A trial, whose pairs must not stay when it fails. */
const isAlike = (a: unknown, b: unknown, isStrict: boolean, pairs: Pairs): boolean =>
  (isObject(a) || !isStrict) && compare(a, b, isStrict, new Map(pairs));

function hasEqualProperties(a: object, b: object, isStrict: boolean, pairs: Pairs): boolean {
  const keys = comparedKeys(a, isStrict);
  if (keys.length !== comparedKeys(b, isStrict).length) return false;
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  return keys.every(
    (key) =>
      Object.prototype.propertyIsEnumerable.call(b, key) &&
      compare(Reflect.get(a, key), Reflect.get(b, key), isStrict, pairs),
  );
}

function comparedKeys(value: object, isStrict: boolean): (string | symbol)[] {
  if (ArrayBuffer.isView(value)) return [];
  const symbols = isStrict ? Object.getOwnPropertySymbols(value) : [];
  return [
    ...Object.keys(value),
    ...symbols.filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol)),
  ];
}
