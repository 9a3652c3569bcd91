/** Reads the inner slots of the language's own objects, whatever their prototypes say. Null: it has none of them. */
import { uncurryGetter, uncurryThis } from '../core/primordials.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';

type View = ArrayBufferView<ArrayBuffer>;
type ViewConstructor = new (buffer: ArrayBuffer, byteOffset: number, length: number) => View;

const VIEWS = new Map<unknown, ViewConstructor>(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((constructor) => [constructor.name, constructor as unknown as ViewConstructor]),
);

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
const viewName = uncurryGetter<object, string | undefined>(TypedArrayPrototype, Symbol.toStringTag);
const viewLength = uncurryGetter<object, number>(TypedArrayPrototype, 'length');
const mapForEach: (map: never, each: (value: unknown, key: unknown) => void) => void = uncurryThis(
  Map.prototype.forEach,
);
const setForEach: (set: never, each: (value: unknown) => void) => void = uncurryThis(Set.prototype.forEach);
const dateTime: (date: never) => number = uncurryThis(Date.prototype.getTime);
const regExpSource = uncurryGetter<RegExp, string>(RegExp.prototype, 'source');
const regExpFlags = uncurryGetter<RegExp, string>(RegExp.prototype, 'flags');
const mapSize = uncurryGetter<object, number>(Map.prototype, 'size');
const setSize = uncurryGetter<object, number>(Set.prototype, 'size');

const tagOf: (value: object) => string = uncurryThis(Object.prototype.toString);

const boxed = [Boolean, Number, String, BigInt].map(({ prototype }): ((value: never) => unknown) =>
  uncurryThis(prototype.valueOf as () => unknown),
);

const UNREADABLE: readonly (abstract new (...args: never[]) => object)[] = [
  WeakMap,
  WeakSet,
  WeakRef,
  Promise,
  FinalizationRegistry,
  Symbol as never,
];

export function copyBuffer(buffer: ArrayBuffer): () => ArrayBuffer {
  if (buffer.detached) throw new DOMException('A detached ArrayBuffer cannot be cloned', 'DataCloneError');
  const bytes = buffer.slice(0);
  return () => bytes;
}

export function copyView(view: ArrayBufferView, buffer: () => ArrayBuffer): () => View {
  const { byteOffset, byteLength } = view;
  const constructor = VIEWS.get(viewName(view));
  if (constructor === undefined) return () => new DataView(buffer(), byteOffset, byteLength);
  const length = viewLength(view);
  return () => new constructor(buffer(), byteOffset, length);
}

/** Dates, regular expressions and boxed primitives. */
export function copyBoxed(value: object): (() => object) | null {
  const time = attempt(() => dateTime(value as never));
  if (time !== null) return () => new Date(time.result);
  const source = attempt(() => regExpSource(value));
  if (source !== null && value !== RegExp.prototype) {
    const flags = regExpFlags(value);
    return () => new RegExp(source.result, flags);
  }
  for (const valueOf of boxed) {
    const primitive = attempt(() => valueOf(value as never));
    if (primitive !== null) return () => Object(primitive.result) as object;
  }
  return null;
}

export function mapEntries(value: object): [unknown, unknown][] | null {
  if (attempt(() => mapSize(value)) === null) return null;
  const entries: [unknown, unknown][] = [];
  mapForEach(value as never, (item, key) => entries.push([key, item]));
  return entries;
}

export function setValues(value: object): unknown[] | null {
  if (attempt(() => setSize(value)) === null) return null;
  const values: unknown[] = [];
  setForEach(value as never, (item) => values.push(item));
  return values;
}

/** True for most objects: they have no inner slot that a clone would have to carry. */
export function isUntagged(value: object): boolean {
  return !(Symbol.toStringTag in value) && tagOf(value) === '[object Object]';
}

/** Has it inner state of a kind that has no copy: a weak collection, a promise? */
export function hasUnreadableState(value: object): boolean {
  return UNREADABLE.some((constructor) => value instanceof constructor);
}

function attempt<T>(read: () => T): { readonly result: T } | null {
  try {
    return { result: read() };
  } catch {
    // The intrinsic refuses objects without its slot: that is the answer.
    return null;
  }
}
