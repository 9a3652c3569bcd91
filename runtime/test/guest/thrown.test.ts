import { expect, test } from 'vitest';
import { Guest } from './harness.ts';

/** What the host is told when the handler throws the value of an expression. */
function failureOf(expression: string, setup = ''): { name: string; message: string; stack: string } {
  using guest = new Guest();
  guest.install(`${setup}; const handler = { fetch() { throw ${expression}; } };`);
  const call = guest.dispatch();
  expect(call.answer).toBeNull();
  return call.failure!;
}

test.each([
  ['null', 'null was thrown, which is not an Error'],
  ['undefined', 'undefined was thrown, which is not an Error'],
  ['5', '5 was thrown, which is not an Error'],
  ['10n', '10n was thrown, which is not an Error'],
  [`'text'`, '"text" was thrown, which is not an Error'],
  [`Symbol('mark')`, 'Symbol(mark) was thrown, which is not an Error'],
  ['{}', 'an object of the class Object was thrown, which is not an Error'],
  ['() => 1', 'a function was thrown, which is not an Error'],
  ['Object.create(null)', 'an object of the class Object was thrown, which is not an Error'],
  [`new Proxy({}, { get() { throw 1; } })`, 'an object of the class Object was thrown, which is not an Error'],
  [`new Response('x')`, 'an object of the class Response was thrown, which is not an Error'],
])('throwing %s is reported as what it is', (expression, message) => {
  expect(failureOf(expression)).toEqual({ name: 'Error', message, stack: '' });
});

test('an error keeps its name, message and stack', () => {
  const { name, message, stack } = failureOf(`new RangeError('too far')`);
  expect([name, message]).toEqual(['RangeError', 'too far']);
  expect(stack).toMatch(/^RangeError: too far\n {4}at Object\.fetch \(function\.js:1:/);
});

test('an object that looks like an error counts as one', () => {
  expect(failureOf(`{ name: 'Odd', message: 'like an error' }`)).toEqual({
    name: 'Odd',
    message: 'like an error',
    stack: '',
  });
});

test('a DOMException keeps its name', () => {
  const { name, message, stack } = failureOf(`new DOMException('gone', 'AbortError')`);
  expect([name, message]).toEqual(['AbortError', 'gone']);
  expect(stack).toContain('AbortError: gone');
});

test('causes follow the stack, and a circle of them ends', () => {
  const { stack } = failureOf(
    `outer`,
    `const inner = new TypeError('inner'); const outer = new Error('outer', { cause: inner }); inner.cause = outer`,
  );
  expect(stack).toContain('Error: outer');
  expect(stack).toContain('Caused by: TypeError: inner');
  expect(stack.split('Caused by').length).toBe(6);
});

test.each([
  [
    'getters that throw',
    `Object.defineProperties(new Error('x'), Object.fromEntries(['name', 'message', 'stack', 'cause'].map((key) => [key, { get() { throw null; } }])))`,
  ],
  [
    'properties that are no strings',
    `Object.assign(new Error('x'), { name: Symbol('a'), message: {}, stack: 5, cause: null })`,
  ],
  [
    'a revoked proxy',
    `(() => { const { proxy, revoke } = Proxy.revocable(new Error('x'), {}); revoke(); return proxy; })()`,
  ],
  [
    'a proxy that answers with itself',
    `new Proxy(new Error('x'), { get: (target, key, self) => self, getPrototypeOf() { throw 1; } })`,
  ],
  ['a toString that throws', `{ toString() { throw 1; }, [Symbol.toPrimitive]() { throw 2; } }`],
])('an error with %s is reported, in strings', (_what, expression) => {
  const { name, message, stack } = failureOf(expression);
  expect([typeof name, typeof message, typeof stack]).toEqual(['string', 'string', 'string']);
});

test('name, message and stack are cut to their limits', () => {
  const { name, message, stack } = failureOf(
    `Object.assign(new Error('m'.repeat(1e6)), { name: 'n'.repeat(1e6), stack: 's'.repeat(1e6) })`,
  );
  expect([name.length, message.length, stack.length]).toEqual([256, 4_096, 16_384]);
});

test('a stack that Error.prepareStackTrace makes is a string or nothing', () => {
  const setup = (body: string): string => `Error.prepareStackTrace = () => { ${body} }`;
  expect(failureOf(`new Error('x')`, setup(`return { secret: 1 }`)).stack).toBe('');
  expect(failureOf(`new Error('x')`, setup(`return 'mine'`)).stack).toBe('mine');
  expect(failureOf(`new Error('x')`, setup(`throw 1`)).message).toBe('x');
});

test('a rejection is reported as a throw is, and so is what an error handler cannot stringify', () => {
  using guest = new Guest();
  guest.install(`const handler = { async fetch() { await null; throw null; } };`);
  expect(guest.dispatch().failure?.message).toBe('null was thrown, which is not an Error');
});

test('String.prototype patched to throw does not keep an error from being reported', () => {
  expect(failureOf(`new Error('x'.repeat(5000))`, `String.prototype.slice = () => { throw 1 }`).message).toHaveLength(
    4_096,
  );
});
