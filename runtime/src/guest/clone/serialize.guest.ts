import { describeValue } from '../core/error-text.guest.ts';
import { isPlatformObject } from '../core/interface.guest.ts';
import { files, subtleCrypto } from '../core/lazy-parts.guest.ts';
import { isError } from '../core/primordials.guest.ts';
import { domString, isArrayBuffer } from '../core/webidl.guest.ts';
import { DOMException, isDomException } from '../events/dom-exception.guest.ts';
import {
  copyBoxed,
  copyBuffer,
  copyView,
  hasUnreadableState,
  isUntagged,
  mapEntries,
  setValues,
} from './intrinsics.guest.ts';

/** A clone to be: what it will hold is read already, and it is made when it is first asked for. */
export class Copy {
  readonly #make: () => unknown;
  /** Puts in what may refer back to the copy. */
  fill: ((made: never) => void) | null = null;
  #made: unknown;
  #isMade = false;

  constructor(make: () => unknown) {
    this.#make = make;
  }

  get(): unknown {
    if (!this.#isMade) {
      this.#made = this.#make();
      this.#isMade = true;
      this.fill?.(this.#made as never);
    }
    return this.#made;
  }
}

/** The copies of the objects met so far. */
export type Memory = Map<object, Copy>;

/** Reads a value, with all that it refers to. Throws DataCloneError for what has no copy. */
export function serialize(value: unknown, memory: Memory): Copy {
  if (typeof value === 'symbol' || typeof value === 'function') throw notCloneable(value);
  if (typeof value !== 'object' || value === null) return new Copy(() => value);
  const known = memory.get(value);
  if (known !== undefined) return known;
  return (
    serializePlain(value, memory) ??
    serializeLeaf(value, memory) ??
    serializeCollection(value, memory) ??
    serializePlatformObject(value, memory) ??
    serializeAsPlain(value, memory)
  );
}

/** Most objects: told without trying each kind of inner slot, which costs an exception each. */
function serializePlain(value: object, memory: Memory): Copy | null {
  if (Array.isArray(value)) return serializeArray(value, memory);
  return isUntagged(value) ? serializeProperties(value, memory) : null;
}

function serializeArray(value: readonly unknown[], memory: Memory): Copy {
  const { length } = value;
  return serializeProperties(value, memory, () => new Array<unknown>(length));
}

function serializeProperties(value: object, memory: Memory, make: () => object = () => ({})): Copy {
  const copy = new Copy(make);
  memory.set(value, copy);
  const properties: [string, Copy][] = [];
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(value, key)) properties.push([key, serialize((value as Record<string, unknown>)[key], memory)]);
  }
  copy.fill = (made: object) => {
    for (const [key, part] of properties) {
      Object.defineProperty(made, key, { value: part.get(), writable: true, enumerable: true, configurable: true });
    }
  };
  return copy;
}

/** Objects that refer to no others, or only to a buffer. */
function serializeLeaf(value: object, memory: Memory): Copy | null {
  if (ArrayBuffer.isView(value)) {
    const buffer = serialize(value.buffer, memory);
    return remember(
      value,
      memory,
      copyView(value, () => buffer.get() as ArrayBuffer),
    );
  }
  const make = isArrayBuffer(value) ? copyBuffer(value) : copyBoxed(value);
  return make === null ? null : remember(value, memory, make);
}

function serializeCollection(value: object, memory: Memory): Copy | null {
  const entries = mapEntries(value);
  if (entries !== null) {
    const copy = remember(value, memory, () => new Map());
    const parts = entries.map(([key, item]) => [serialize(key, memory), serialize(item, memory)] as const);
    copy.fill = (map: Map<unknown, unknown>) => {
      for (const [key, item] of parts) map.set(key.get(), item.get());
    };
    return copy;
  }
  const values = setValues(value);
  if (values === null) return null;
  const copy = remember(value, memory, () => new Set());
  const parts = values.map((item) => serialize(item, memory));
  copy.fill = (set: Set<unknown>) => {
    for (const item of parts) set.add(item.get());
  };
  return copy;
}

function serializePlatformObject(value: object, memory: Memory): Copy | null {
  if (isDomException(value)) {
    const { name, message, stack } = value;
    return remember(value, memory, () => withStack(new DOMException(message, name), stack));
  }
  if (isError(value)) return serializeError(value, memory);
  const crypto = subtleCrypto.loaded;
  if (crypto?.isCryptoKey(value) === true) return remember(value, memory, () => crypto.cloneCryptoKey(value));
  const part = files.loaded;
  if (part?.isFile(value) === true) {
    const { type, name, lastModified } = value;
    return remember(value, memory, () => part.fileOf(part.bytesOf(value), type, name, lastModified));
  }
  if (part?.isBlob(value) === true) {
    const { type } = value;
    return remember(value, memory, () => part.blobOf(part.bytesOf(value), type));
  }
  return null;
}

const ERRORS: Readonly<Record<string, ErrorConstructor>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function serializeError(value: Error, memory: Memory): Copy {
  const name = String(value.name);
  const constructor = Object.hasOwn(ERRORS, name) ? ERRORS[name]! : Error;
  const message = Object.getOwnPropertyDescriptor(value, 'message')?.value as unknown;
  const text = message === undefined ? undefined : domString(message);
  const { stack } = value;
  const copy = remember(value, memory, () => withStack(new constructor(text), stack));
  if (Object.hasOwn(value, 'cause')) {
    const cause = serialize(value.cause, memory);
    copy.fill = (made: Error) => {
      Object.defineProperty(made, 'cause', { value: cause.get(), writable: true, configurable: true });
    };
  }
  return copy;
}

function withStack(error: Error, stack: unknown): Error {
  if (typeof stack === 'string')
    Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
  return error;
}

/** Objects of the function's own classes lose their class; those with inner state that cannot be read are refused. */
function serializeAsPlain(value: object, memory: Memory): Copy {
  if (hasUnreadableState(value) || isPlatformObject(value)) throw notCloneable(value);
  return serializeProperties(value, memory);
}

function remember(value: object, memory: Memory, make: () => unknown): Copy {
  const copy = new Copy(make);
  memory.set(value, copy);
  return copy;
}

function notCloneable(value: unknown): DOMException {
  return new DOMException(`The value cannot be cloned: it is ${describeValue(value)}`, 'DataCloneError');
}
