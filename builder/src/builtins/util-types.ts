/** `node:util/types`: by the marks of the language. Not here: `isProxy`, `isExternal`, `isModuleNamespaceObject`, keys. */
const tagIs =
  (...tags: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && tags.includes(Object.prototype.toString.call(value).slice(8, -1));

const functionTagIs =
  (tag: string) =>
  (value: unknown): boolean =>
    typeof value === 'function' && Object.prototype.toString.call(value) === `[object ${tag}]`;

/** Throws unless the value has the internal slot that the getter reads. */
function hasSlot(prototype: object, name: string | symbol): (value: unknown) => boolean {
  const slot = Object.getOwnPropertyDescriptor(prototype, name)!;
  const read = ('get' in slot && slot.get ? slot.get : slot.value) as () => unknown;
  return (value) => {
    try {
      Reflect.apply(read, value, []);
      return true;
    } catch {
      // The language's only way to say that the slot is not there.
      return false;
    }
  };
}

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)!.get!;
const typedArrayIs =
  (name: string) =>
  (value: unknown): boolean =>
    Reflect.apply(typedArrayTag, value, []) === name;

const isAnyArrayBuffer = hasSlot(ArrayBuffer.prototype, 'byteLength');
const isArrayBuffer = isAnyArrayBuffer;
const isArrayBufferView = (value: unknown): boolean => ArrayBuffer.isView(value);
const isArgumentsObject = tagIs('Arguments');
const isAsyncFunction = functionTagIs('AsyncFunction');
const isBigInt64Array = typedArrayIs('BigInt64Array');
const isBigUint64Array = typedArrayIs('BigUint64Array');
const isBooleanObject = (value: unknown): boolean => value instanceof Boolean;
const isBoxedPrimitive = (value: unknown): boolean =>
  [Boolean, Number, String, Symbol, BigInt].some((box) => value instanceof box);
const isDataView = hasSlot(DataView.prototype, 'byteLength');
const isDate = hasSlot(Date.prototype, 'getTime');
const isFloat32Array = typedArrayIs('Float32Array');
const isFloat64Array = typedArrayIs('Float64Array');
const isGeneratorFunction = (value: unknown): boolean =>
  functionTagIs('GeneratorFunction')(value) || functionTagIs('AsyncGeneratorFunction')(value);
const isGeneratorObject = tagIs('Generator', 'AsyncGenerator');
const isInt16Array = typedArrayIs('Int16Array');
const isInt32Array = typedArrayIs('Int32Array');
const isInt8Array = typedArrayIs('Int8Array');
const isMap = hasSlot(Map.prototype, 'size');
const isMapIterator = tagIs('Map Iterator');
const isNativeError = (value: unknown): boolean =>
  (Error as unknown as { isError(value: unknown): boolean }).isError(value);
const isNumberObject = (value: unknown): boolean => value instanceof Number;
const isPromise = (value: unknown): boolean => value instanceof Promise;
const isRegExp = tagIs('RegExp');
const isSet = hasSlot(Set.prototype, 'size');
const isSetIterator = tagIs('Set Iterator');
const isSharedArrayBuffer = (): boolean => false;
const isStringObject = (value: unknown): boolean => value instanceof String;
const isSymbolObject = (value: unknown): boolean => value instanceof Symbol;
const isTypedArray = (value: unknown): boolean => Reflect.apply(typedArrayTag, value, []) !== undefined;
const isUint16Array = typedArrayIs('Uint16Array');
const isUint32Array = typedArrayIs('Uint32Array');
const isUint8Array = typedArrayIs('Uint8Array');
const isUint8ClampedArray = typedArrayIs('Uint8ClampedArray');
const isWeakMap = (value: unknown): boolean => value instanceof WeakMap;
const isWeakSet = (value: unknown): boolean => value instanceof WeakSet;

export {
  isAnyArrayBuffer,
  isArgumentsObject,
  isArrayBuffer,
  isArrayBufferView,
  isAsyncFunction,
  isBigInt64Array,
  isBigUint64Array,
  isBooleanObject,
  isBoxedPrimitive,
  isDataView,
  isDate,
  isFloat32Array,
  isFloat64Array,
  isGeneratorFunction,
  isGeneratorObject,
  isInt16Array,
  isInt32Array,
  isInt8Array,
  isMap,
  isMapIterator,
  isNativeError,
  isNumberObject,
  isPromise,
  isRegExp,
  isSet,
  isSetIterator,
  isSharedArrayBuffer,
  isStringObject,
  isSymbolObject,
  isTypedArray,
  isUint16Array,
  isUint32Array,
  isUint8Array,
  isUint8ClampedArray,
  isWeakMap,
  isWeakSet,
};
