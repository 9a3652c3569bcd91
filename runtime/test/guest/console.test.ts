import { expect, test } from 'vitest';
import { Guest } from './harness.ts';

/** The lines that `code` logs, with their levels. */
function logged(code: string): [number, string][] {
  const lines: [number, string][] = [];
  using guest = new Guest({ operations: { log: (_call, level, text) => void lines.push([level, text]) } });
  guest.install(`const handler = { async fetch(request) { ${code}; return new Response('') } };`);
  const call = guest.dispatch();
  guest.fireTimers();
  expect(call.failure).toBeNull();
  return lines;
}

const lineOf = (expression: string): string => logged(`console.log(${expression})`)[0]![1];

test('each method has its level', () => {
  const lines = logged(
    `for (const method of ['debug', 'log', 'info', 'warn', 'error', 'dirxml']) console[method](method)`,
  );
  expect(lines).toEqual([
    [0, 'debug'],
    [1, 'log'],
    [1, 'info'],
    [2, 'warn'],
    [3, 'error'],
    [1, 'dirxml'],
  ]);
});

test.each([
  [`'text'`, 'text'],
  [`'a', 1, 'b'`, 'a 1 b'],
  [`5, -0, 10n, true, null, undefined, Symbol('s')`, '5 -0 10n true null undefined Symbol(s)'],
  [`'%s is %d, %i, %f and %j%%', 'x', '5', 5.9, '1.5', { a: 1 }`, 'x is 5, 5, 1.5 and {"a":1}%'],
  [`'%o %O %c|', { a: 1 }, [2], 'color: red', 'rest'`, '{ a: 1 } [ 2 ] | rest'],
  [`'%s'`, '%s'],
  [`'100%', 5`, '100% 5'],
  [`{ a: 1, 'b-c': 'text', [Symbol('d')]: null }`, `{ a: 1, 'b-c': 'text', [Symbol(d)]: null }`],
  [`[1, , , 'x', [2, [3]]]`, `[ 1, <2 empty items>, 'x', [ 2, [ 3 ] ] ]`],
  [`Object.assign([1], { extra: true })`, '[ 1, extra: true ]'],
  [`new Map([['a', { b: 1 }]]), new Set([1])`, `Map(1) { 'a' => { b: 1 } } Set(1) { 1 }`],
  [`new Uint8Array([1, 2]), new ArrayBuffer(3)`, 'Uint8Array(2) [ 1, 2 ] ArrayBuffer { byteLength: 3 }'],
  [`new Date(0), /a/g, new Date(NaN)`, '1970-01-01T00:00:00.000Z /a/g Invalid Date'],
  [
    `() => 1, function named() {}, class A {}, async () => {}`,
    '[Function (anonymous)] [Function: named] [class A] [AsyncFunction (anonymous)]',
  ],
  [`new (class Point { x = 1; #y = 2 })()`, 'Point { x: 1 }'],
  [`Object.create(null)`, '[Object: null prototype] {}'],
  [
    `{ get a() { return 1 }, set b(v) {}, get c() { return 1 }, set c(v) {} }`,
    '{ a: [Getter], b: [Setter], c: [Getter/Setter] }',
  ],
  [`Object('boxed'), Object(5)`, `[String: 'boxed'] [Number: 5]`],
  [`"it's", ["it's", 'a"b', 'line\\n']`, `it's [ "it's", 'a"b', 'line\\n' ]`],
  [`Promise.resolve(1), new WeakMap()`, 'Promise { <state unknown> } WeakMap { <items unknown> }'],
  [`new Headers({ a: 'b' }), new URLSearchParams('x=1')`, `Headers { a: 'b' } URLSearchParams { x: '1' }`],
  [`new URL('http://a/b')`, `URL { href: 'http://a/b' }`],
  [
    `new Response('x', { status: 404 })`,
    `Response {\n  status: 404,\n  statusText: '',\n  headers: Headers { 'content-type': 'text/plain;charset=UTF-8' },\n  bodyUsed: false\n}`,
  ],
])('console.log(%s)', (expression, expected) => {
  expect(lineOf(expression)).toBe(expected);
});

test('circles are marked, and depth is limited', () => {
  expect(lineOf(`(() => { const a = { b: {} }; a.b.a = a; return a })()`)).toBe('<ref *1> { b: { a: [Circular *1] } }');
  expect(lineOf(`{ a: { b: { c: { d: { e: { f: 1 } } } } } }`)).toContain('e: [Object]');
});

test('an error shows its stack and its cause', () => {
  const line = lineOf(`new Error('outer', { cause: new TypeError('inner') })`);
  expect(line).toMatch(/^Error: outer\n {4}at /);
  expect(line).toContain('[cause]: TypeError: inner');
});

test('size is limited: long lists, long texts, many of them', () => {
  expect(lineOf(`Array.from({ length: 1000 }, (_, i) => i)`)).toContain('... 900 more items');
  expect(lineOf(`Object.fromEntries(Array.from({ length: 1000 }, (_, i) => ['k' + i, i]))`)).toContain(
    '... 900 more properties',
  );
  expect(lineOf(`['x'.repeat(1e6)]`).length).toBeLessThan(11_000);
  expect(
    lineOf(`Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 'x'.repeat(1000)))`).length,
  ).toBeLessThan(20_000);
});

test('long objects are broken over lines', () => {
  expect(lineOf(`{ first: 'a'.repeat(40), second: { third: 'b'.repeat(40) } }`)).toBe(
    `{\n  first: '${'a'.repeat(40)}',\n  second: { third: '${'b'.repeat(40)}' }\n}`,
  );
});

test('what cannot be formatted is told in its place', () => {
  const line = lineOf(`new Proxy({}, { ownKeys() { throw new RangeError('trap') } })`);
  expect(line).toBe('(console could not format its arguments: trap)');
});

test('getters are not run', () => {
  expect(lineOf(`{ get a() { throw new Error('ran') } }`)).toBe('{ a: [Getter] }');
});

test('groups indent, counts count, assert speaks only when it fails', () => {
  const lines =
    logged(`console.group('outer'); console.log('a\\nb'); console.groupCollapsed(); console.warn('deep'); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('flat');
    console.count(); console.count('x'); console.count(); console.countReset(); console.count(); console.countReset('none');
    console.assert(true, 'no'); console.assert(false); console.assert(false, 'why %s', 'not'); console.assert(0, { a: 1 })`);
  expect(lines.map(([, text]) => text)).toEqual([
    'outer',
    '  a\n  b',
    '    deep',
    'flat',
    'default: 1',
    'x: 1',
    'default: 2',
    'default: 1',
    'Count for "none" does not exist',
    'Assertion failed',
    'Assertion failed: why not',
    'Assertion failed: { a: 1 }',
  ]);
});

test('timers of the console show the time between entries', () => {
  const lines = logged(
    `console.time('t'); console.time('t'); await new Promise((resolve) => setTimeout(resolve, 25)); console.timeLog('t', 'extra'); console.timeEnd('t'); console.timeEnd('t')`,
  );
  expect(lines.map(([, text]) => text)).toEqual([
    'Timer "t" already exists',
    't: 25.000 ms extra',
    't: 25.000 ms',
    'Timer "t" does not exist',
  ]);
});

test('tables have a row for each entry', () => {
  const [[, table]] = logged(`console.table([{ a: 1, b: 'x' }, { a: 2, c: true }, 5])`) as [[number, string]];
  expect(table.split('\n')).toEqual([
    '┌─────────┬───┬─────┬──────┬────────┐',
    '│ (index) │ a │ b   │ c    │ Values │',
    '├─────────┼───┼─────┼──────┼────────┤',
    "│ 0       │ 1 │ 'x' │      │        │",
    '│ 1       │ 2 │     │ true │        │',
    '│ 2       │   │     │      │ 5      │',
    '└─────────┴───┴─────┴──────┴────────┘',
  ]);
  expect(
    logged(`console.table([{ a: 1, b: 2 }], ['b']); console.table('text')`).map(([, text]) => text.includes(' a ')),
  ).toEqual([false, false]);
});

test('trace shows where it is called', () => {
  const [[level, text]] = logged(`console.trace('here', 1)`) as [[number, string]];
  expect([level, text.split('\n')[0]]).toEqual([0, 'Trace: here 1']);
  expect(text).toContain('function.js');
});

test('methods work without the console', () => {
  expect(logged(`const { log } = console; log('free'); ['a'].forEach(console.log)`).map(([, text]) => text)).toEqual([
    'free',
    `a 0 [ 'a' ]`,
  ]);
});
