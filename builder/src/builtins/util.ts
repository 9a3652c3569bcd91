/** `node:util`. Not here: `parseArgs`, `transferableAbortController`, MIME types, system errors. */
import { isDeepEqual } from './deep-equality.ts';
import { format } from './format.ts';
import { customInspect, inspect as inspectValue, type InspectOptions } from './inspect.ts';
import * as types from './util-types.ts';

const { TextDecoder, TextEncoder } = globalThis;

type Callback = (error: unknown, value?: unknown) => void;
type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** The older form takes `showHidden` and `depth` as arguments. */
const inspect = Object.assign(
  (value: unknown, options?: InspectOptions | boolean, depth?: number | null): string =>
    typeof options === 'boolean'
      ? inspectValue(value, { showHidden: options, ...(depth !== undefined && { depth }) })
      : inspectValue(value, options),
  { custom: customInspect },
);

const promisifyCustom = Symbol.for('nodejs.util.promisify.custom');

/** Makes a function that answers through a last argument `(error, value)` one that answers by a promise. */
const promisify = Object.assign(
  (original: AnyFunction): AnyFunction => {
    if (typeof original !== 'function') throw new TypeError('promisify: the argument is not a function');
    const custom: unknown = Reflect.get(original, promisifyCustom);
    if (typeof custom === 'function') return custom as AnyFunction;
    return function (...args) {
      return new Promise((resolve, reject) => {
        const settle = (error: Error | null, value?: unknown): void => (error ? reject(error) : resolve(value));
        Reflect.apply(original, this, [...args, settle]);
      });
    };
  },
  { custom: promisifyCustom },
);

function callbackify(original: (...args: unknown[]) => Promise<unknown>): AnyFunction {
  return function (...args) {
    const callback = args.pop() as Callback;
    Reflect.apply(original, this, args).then(
      (value) => queueMicrotask(() => callback(null, value)),
      (reason: unknown) =>
        queueMicrotask(() => callback(reason ?? new Error('The promise was rejected with no reason'))),
    );
  };
}

function inherits(constructor: { prototype: object; super_?: unknown }, parent: { prototype: object }): void {
  Object.defineProperty(constructor, 'super_', { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

/** Warns at the first call. */
function deprecate(original: AnyFunction, message: string, code = ''): AnyFunction {
  let isTold = false;
  return function (...args) {
    if (!isTold) console.warn(`DeprecationWarning: ${code === '' ? '' : `[${code}] `}${message}`);
    isTold = true;
    return new.target === undefined
      ? Reflect.apply(original, this, args)
      : (Reflect.construct(original, args, new.target) as unknown);
  };
}

/** Always off: there is no NODE_DEBUG. */
const debuglog = () => Object.assign((): void => undefined, { enabled: false });

function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  return isDeepEqual(a, b, true);
}

const CONTROL = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g;
const stripVTControlCharacters = (text: string): string => text.replace(CONTROL, '');

const toUSVString = (text: string): string => String(text).toWellFormed();

/** Nothing is coloured: logs are text. */
const styleText = (_format: string | readonly string[], text: string): string => text;

const { isArray } = Array;

export {
  callbackify,
  debuglog as debug,
  debuglog,
  deprecate,
  format,
  inherits,
  inspect,
  isArray,
  isDeepStrictEqual,
  promisify,
  stripVTControlCharacters,
  styleText,
  TextDecoder,
  TextEncoder,
  toUSVString,
  types,
};
