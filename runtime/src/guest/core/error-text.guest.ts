/**
 * Turns anything thrown into strings.
 *
 * Hostile: a thrown value may be null, a symbol, a proxy, an object whose getters throw or run for long (the entry's
 * time limit ends that). Guarantees: three strings of bounded length, and no exception.
 */
import { isError, sliceString } from './primordials.guest.ts';
import { isObject } from './webidl.guest.ts';

export interface ErrorText {
  readonly name: string;
  readonly message: string;
  /** Empty when there is none. */
  readonly stack: string;
}

/** Characters. */
const NAME_LENGTH = 256;
const MESSAGE_LENGTH = 4_096;
const STACK_LENGTH = 16_384;
const CAUSES_SHOWN = 5;
const QUOTED_LENGTH = 200;

export function errorText(thrown: unknown): ErrorText {
  if (!looksLikeError(thrown)) {
    return {
      name: 'Error',
      message: cut(`${quote(thrown)} was thrown, which is not an Error`, MESSAGE_LENGTH),
      stack: '',
    };
  }
  const name = readString(thrown, 'name') ?? 'Error';
  const message = readString(thrown, 'message') ?? '';
  return {
    name: cut(name, NAME_LENGTH),
    message: cut(message, MESSAGE_LENGTH),
    stack: cut(fullStack(thrown), STACK_LENGTH),
  };
}

/** A short description of any value, for people: `null`, `a string ("abc")`, `an object of the class Map`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  switch (typeof value) {
    case 'function':
      return 'a function';
    case 'object':
      return `an object of the class ${cut(className(value), QUOTED_LENGTH)}`;
    default:
      return `a ${typeof value} (${quote(value)})`;
  }
}

function looksLikeError(value: unknown): value is object {
  return isObject(value) && (isError(value) || readString(value, 'message') !== null);
}

/** The stack with those of its causes. */
function fullStack(error: object): string {
  let text = readString(error, 'stack') ?? '';
  let cause = read(error, 'cause');
  for (let shown = 0; shown < CAUSES_SHOWN && cause !== undefined && text.length < STACK_LENGTH; shown++) {
    text += `\nCaused by: ${causeText(cause)}`;
    cause = isObject(cause) ? read(cause, 'cause') : undefined;
  }
  return text;
}

function causeText(cause: unknown): string {
  if (!looksLikeError(cause)) return quote(cause);
  return readString(cause, 'stack') ?? readString(cause, 'message') ?? '';
}

function className(value: object): string {
  const constructor = read(value, 'constructor');
  const name = isObject(constructor) ? readString(constructor, 'name') : null;
  return name === null || name === '' ? 'Object' : name;
}

function quote(value: unknown): string {
  try {
    if (typeof value === 'string') return cut(`"${cut(value, QUOTED_LENGTH)}"`, QUOTED_LENGTH);
    if (typeof value === 'bigint') return cut(`${value}n`, QUOTED_LENGTH);
    if (isObject(value)) return describeValue(value);
    return cut(String(value), QUOTED_LENGTH);
  } catch {
    // A symbol's description or a huge bigint can fail to become a string; the kind still says something.
    return `a ${typeof value}`;
  }
}

function readString(value: object, key: string): string | null {
  const property = read(value, key);
  return typeof property === 'string' ? property : null;
}

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    // A getter or a proxy of the function's code threw: the property counts as absent.
    return undefined;
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${sliceString(text, 0, length - 1)}…`;
}
