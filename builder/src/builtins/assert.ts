/** `node:assert`. The functions without `Strict` compare loosely, as in Node; `strict` never does. */
import { isDeepEqual } from './deep-equality.ts';
import { inspect } from './inspect.ts';

interface Failure {
  readonly message?: string | Error | undefined;
  readonly actual?: unknown;
  readonly expected?: unknown;
  readonly operator: string;
}

class AssertionError extends Error {
  override readonly name = 'AssertionError';
  readonly code = 'ERR_ASSERTION';
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string;
  readonly generatedMessage: boolean;

  constructor({ message, actual, expected, operator }: Failure) {
    super(message === undefined ? `${inspect(actual)} ${operator} ${inspect(expected)}` : String(message));
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    this.generatedMessage = message === undefined;
  }
}

type Message = string | Error | undefined;

function require(isMet: boolean, failure: Failure): void {
  if (isMet) return;
  throw failure.message instanceof Error ? failure.message : new AssertionError(failure);
}

function ok(value?: unknown, message: Message = undefined): void {
  const text = message ?? 'The expression evaluated to a falsy value';
  require(Boolean(value), { message: text, actual: value, expected: true, operator: '==' });
}

function fail(message: Message = 'Failed'): never {
  throw message instanceof Error ? message : new AssertionError({ message, operator: 'fail' });
}

type Comparison = (actual: unknown, expected: unknown, message?: string | Error) => void;

const comparison =
  (operator: string, isMet: (actual: unknown, expected: unknown) => boolean): Comparison =>
  (actual, expected, message) =>
    require(isMet(actual, expected), { actual, expected, operator, message });

// eslint-disable-next-line eqeqeq -- what the loose functions mean
const isLooselyEqual = (a: unknown, b: unknown): boolean => a == b || (Number.isNaN(a) && Number.isNaN(b));

const equal = comparison('==', isLooselyEqual);
const notEqual = comparison('!=', (a, b) => !isLooselyEqual(a, b));
const strictEqual = comparison('strictEqual', Object.is);
const notStrictEqual = comparison('notStrictEqual', (a, b) => !Object.is(a, b));
const deepEqual = comparison('deepEqual', (a, b) => isDeepEqual(a, b, false));
const notDeepEqual = comparison('notDeepEqual', (a, b) => !isDeepEqual(a, b, false));
const deepStrictEqual = comparison('deepStrictEqual', (a, b) => isDeepEqual(a, b, true));
const notDeepStrictEqual = comparison('notDeepStrictEqual', (a, b) => !isDeepEqual(a, b, true));
const match = comparison('match', (text, pattern) => typeof text === 'string' && (pattern as RegExp).test(text));
const doesNotMatch = comparison(
  'doesNotMatch',
  (text, pattern) => typeof text !== 'string' || !(pattern as RegExp).test(text),
);

type Expected = RegExp | object | ((error: unknown) => unknown) | undefined;

/** A class, a test function, a pattern for the text, or properties that the error must have. */
function meets(error: unknown, expected: Expected): boolean {
  if (expected === undefined) return true;
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected === 'function') {
    const isClass = expected.prototype !== undefined && error instanceof (expected as new () => unknown);
    if (isClass || Error.isPrototypeOf(expected) || (expected as unknown) === Error) return isClass;
    return expected(error) === true;
  }
  return Object.entries(expected).every(([name, wanted]) => {
    const found: unknown = Reflect.get(error as object, name);
    return wanted instanceof RegExp && typeof found === 'string'
      ? wanted.test(found)
      : isDeepEqual(found, wanted, true);
  });
}

/** `expected` may be left out before the message. */
function requireError(
  thrown: { readonly error: unknown } | null,
  operator: string,
  expected: unknown,
  message: Message,
) {
  const text = typeof expected === 'string' ? expected : message;
  const wanted = typeof expected === 'string' ? undefined : (expected as Expected);
  if (thrown === null) throw new AssertionError({ message: text ?? 'Missing expected exception.', operator });
  if (!meets(thrown.error, wanted)) {
    require(false, { message: text, actual: thrown.error, expected: wanted, operator });
  }
}

function throws(run: () => unknown, expected?: unknown, message?: string | Error): void {
  requireError(errorOf(run), 'throws', expected, message);
}

async function rejects(run: Promise<unknown> | (() => Promise<unknown>), expected?: unknown, message?: string | Error) {
  requireError(await rejectionOf(run), 'rejects', expected, message);
}

function doesNotThrow(run: () => unknown, message?: string | Error): void {
  const thrown = errorOf(run);
  if (thrown !== null) unwanted(thrown.error, 'doesNotThrow', 'exception', message);
}

async function doesNotReject(
  run: Promise<unknown> | (() => Promise<unknown>),
  message?: string | Error,
): Promise<void> {
  const thrown = await rejectionOf(run);
  if (thrown !== null) unwanted(thrown.error, 'doesNotReject', 'rejection', message);
}

function unwanted(error: unknown, operator: string, what: string, message: Message): never {
  const text = `Got unwanted ${what}${message === undefined ? '.' : `: ${String(message)}`}\nActual message: "${String((error as Error)?.message)}"`;
  throw new AssertionError({ message: text, actual: error, operator });
}

function errorOf(run: () => unknown): { readonly error: unknown } | null {
  try {
    run();
    return null;
  } catch (error) {
    return { error };
  }
}

async function rejectionOf(
  run: Promise<unknown> | (() => Promise<unknown>),
): Promise<{ readonly error: unknown } | null> {
  try {
    await (typeof run === 'function' ? run() : run);
    return null;
  } catch (error) {
    return { error };
  }
}

function ifError(value: unknown): void {
  if (value === null || value === undefined) return;
  const text = value instanceof Error ? value.message : inspect(value);
  throw new AssertionError({ message: `ifError got unwanted exception: ${text}`, actual: value, operator: 'ifError' });
}

const members = {
  AssertionError,
  deepEqual,
  deepStrictEqual,
  doesNotMatch,
  doesNotReject,
  doesNotThrow,
  equal,
  fail,
  ifError,
  match,
  notDeepEqual,
  notDeepStrictEqual,
  notEqual,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
  throws,
};
const strict: object = Object.assign((value?: unknown, message?: string | Error) => ok(value, message), members, {
  deepEqual: deepStrictEqual,
  equal: strictEqual,
  notDeepEqual: notDeepStrictEqual,
  notEqual: notStrictEqual,
});
Object.assign(strict, { strict });
const assert = Object.assign((value?: unknown, message?: string | Error) => ok(value, message), members, { strict });

export {
  assert as default,
  AssertionError,
  deepEqual,
  deepStrictEqual,
  doesNotMatch,
  doesNotReject,
  doesNotThrow,
  equal,
  fail,
  ifError,
  match,
  notDeepEqual,
  notDeepStrictEqual,
  notEqual,
  notStrictEqual,
  ok,
  rejects,
  strict,
  strictEqual,
  throws,
};
