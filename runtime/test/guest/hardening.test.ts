import { expect, test } from 'vitest';
import { Guest, inGuest } from './harness.ts';

/** Ways from a value at hand to the making of code. Each must throw EvalError, and give nothing to call. */
const CODE_ROUTES = [
  `eval('1+1')`,
  `(0, eval)('1+1')`,
  `globalThis.eval('1+1')`,
  `Reflect.apply(eval, undefined, ['1+1'])`,
  `Function('return 1')()`,
  `new Function('return 1')()`,
  `(() => {}).constructor('return 1')()`,
  `Object.constructor.constructor('return 1')()`,
  `[].filter.constructor('return 1')()`,
  `Reflect.construct(Function, ['return 1'])()`,
  `Reflect.construct(Object, ['return 1'], Function)()`,
  `new (class extends Function {})('return 1')()`,
  `Object.getPrototypeOf(class extends Function {})('return 1')()`,
  `Function.prototype.constructor('return 1')()`,
  `(async () => {}).constructor('return 1')()`,
  `Object.getPrototypeOf((async () => {}).constructor)('return 1')()`,
  `Object.getPrototypeOf(async function () {}).constructor('return 1')()`,
  `(function* () {}).constructor('yield 1')()`,
  `(async function* () {}).constructor('yield 1')()`,
  `new URL('http://a/').constructor.constructor('return 1')()`,
  `setTimeout.constructor('return 1')()`,
  `console.log.constructor('return 1')()`,
  `Function.bind(undefined, 'return 1')()()`,
  `Function.call(undefined, 'return 1')()`,
  `setTimeout('1+1', 0)`,
];

test.each(CODE_ROUTES)('no code comes of a string by %s', (route) => {
  const outcome = inGuest(`try { const made = ${route}; return 'made ' + typeof made + String(made); }
    catch (error) { return error.name; }`);
  expect(['EvalError', 'TypeError']).toContain(outcome);
});

test('the constructors of functions cannot be put back', () => {
  const outcome = inGuest(`const results = [];
    for (const kind of [function () {}, async function () {}, function* () {}, async function* () {}]) {
      const prototype = Object.getPrototypeOf(kind);
      const before = prototype.constructor;
      try { prototype.constructor = () => 1; } catch (error) { results.push(error.name); }
      try { delete prototype.constructor; } catch (error) { results.push(error.name); }
      results.push(prototype.constructor === before, Reflect.defineProperty(prototype, 'constructor', { value: 1 }));
    }
    return results;`);
  const each = ['TypeError', 'TypeError', true, false];
  expect(outcome).toEqual([...each, ...each, ...each, ...each]);
});

test('functions are still instances of Function, and eval passes on what is no string', () => {
  expect(inGuest(`return [(() => 1) instanceof Function, Function.name, Function.length, eval(5)];`)).toEqual([
    true,
    'Function',
    1,
    5,
  ]);
});

/** Ways to an ArrayBuffer that could grow behind V8's accounts. */
const BUFFER_ROUTES = [
  `new ArrayBuffer(8, { maxByteLength: 1024 })`,
  `Reflect.construct(ArrayBuffer, [8, { maxByteLength: 1024 }])`,
  `Reflect.construct(Object.getPrototypeOf(new Uint8Array().buffer).constructor, [8, { maxByteLength: 1024 }])`,
  `new (class extends ArrayBuffer { constructor() { super(8, { maxByteLength: 1024 }); } })()`,
  `Reflect.construct(ArrayBuffer, [8, { maxByteLength: 1024 }], class extends ArrayBuffer {})`,
  `Reflect.construct(ArrayBuffer, [8, { maxByteLength: 1024 }], Object)`,
  `new (new Uint8Array(1).buffer.constructor)(8, { maxByteLength: 1024 })`,
  `structuredClone(new ArrayBuffer(8, { maxByteLength: 1024 }))`,
  `new ArrayBuffer(8, { maxByteLength: 1024 }).transfer()`,
  `new ArrayBuffer(8, { maxByteLength: 1024 }).slice(0)`,
];

/** Takes the getter that tells before the prelude removes it. */
const KEEP_GETTER = `globalThis.isResizable = Function.prototype.call.bind(
  Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'resizable').get);`;

test.each(BUFFER_ROUTES)('%s has a fixed length', (route) => {
  const transform = (source: string): string => KEEP_GETTER + source;
  const code = `const buffer = ${route}; return [isResizable(buffer), new Uint8Array(buffer).length];`;
  expect(inGuest(code, { transform })).toEqual([false, 8]);
});

test('ArrayBuffer looks as in an engine that has never heard of resizing', () => {
  const members = inGuest(`return Object.getOwnPropertyNames(ArrayBuffer.prototype).sort();`);
  expect(members).toEqual(['byteLength', 'constructor', 'detached', 'slice', 'transfer', 'transferToFixedLength']);
});

test.each(['SharedArrayBuffer', 'Atomics', 'WebAssembly'])('there is no %s', (name) => {
  expect(inGuest(`return ['${name}' in globalThis, typeof ${name}];`)).toEqual([false, 'undefined']);
});

test('memory that is transferred to a larger buffer counts against the limit', () => {
  expect(() =>
    inGuest(
      `const kept = []; for (let i = 0; i < 100; i++) kept.push(new Uint8Array(new ArrayBuffer(1).transfer(1e7)).fill(1)); return kept.length;`,
      { memoryMb: 32 },
    ),
  ).toThrow('Array buffer allocation failed');
});

/** Expressions that a clock could be read from, as milliseconds since 1970. */
const CLOCKS = [
  `Date.now()`,
  `new Date().getTime()`,
  `Number(new Date())`,
  `Date.parse(Date())`,
  `Reflect.construct(Date, []).getTime()`,
  `new (class extends Date {})().getTime()`,
  `new (new Date(0).constructor)().getTime()`,
  `Date.prototype.constructor.now()`,
  `new Date(undefined ?? Date.now()).valueOf()`,
  `Temporal.Now.instant().epochMilliseconds`,
  `Temporal.Now.zonedDateTimeISO('UTC').epochMilliseconds`,
  `Temporal.Now.plainDateTimeISO('UTC').toZonedDateTime('UTC').epochMilliseconds`,
  `Temporal.Now.plainDateISO('UTC').toZonedDateTime({ timeZone: 'UTC', plainTime: Temporal.Now.plainTimeISO('UTC') }).epochMilliseconds`,
  `Date.parse(new Intl.DateTimeFormat('en-US', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' }).format() + ' UTC')`,
  `Date.parse(new Intl.DateTimeFormat('en-US', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' }).formatToParts().map((part) => part.value).join('') + ' UTC')`,
  `performance.timeOrigin + performance.now()`,
  `performance.timeOrigin + new Event('x').timeStamp`,
  `new File([], 'name').lastModified`,
];

test.each(CLOCKS)('%s shows the time of the entry, and does not advance within it', (clock) => {
  using guest = new Guest();
  const install = guest.now;
  guest.install(`const spin = () => { for (let i = 0, x = 0; i < 3e6; i++) x += i; };
    const handler = { fetch() { const first = ${clock}; spin(); return Response.json([first, ${clock}]); } };`);
  for (const later of [install + 1_000, install + 86_400_000]) {
    guest.now = later;
    const [first, second] = guest.dispatch().json as [number, number];
    expect(second).toBe(first);
    expect(Math.abs(first - later)).toBeLessThan(1_000);
  }
});

test('a Date with arguments, and dates that are formatted, are as ever', () => {
  const outcome = inGuest(`const format = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC' });
    return [new Date(0).toISOString(), Date.UTC(2000, 1), new Date(2020, 0, 1) instanceof Date, typeof Date(), Date.length, Date.name,
      format.format(0), format.format(null), format.format === format.format, [86400000].map(format.format)];`);
  expect(outcome).toEqual([
    '1970-01-01T00:00:00.000Z',
    949363200000,
    true,
    'string',
    7,
    'Date',
    '1/1/1970',
    '1/1/1970',
    true,
    ['1/2/1970'],
  ]);
});

test('the console that V8 brings is gone, with its ways to an inspector', () => {
  expect(inGuest(`return [typeof console.profile, typeof console.context, typeof console.timeStamp];`)).toEqual([
    'undefined',
    'undefined',
    'undefined',
  ]);
});

test('import() is refused', () => {
  expect(inGuest(`try { await import('node:fs'); return 'imported'; } catch (error) { return error.message; }`)).toBe(
    'Not supported',
  );
});

test('Temporal is there when the function names it, and in no other way', () => {
  expect(inGuest(`return typeof Temporal.Now.instant`)).toBe('function');
  const reached = `const [global, method] = ['Temp' + 'oral', 'toTemp' + 'oralInstant'];
    return [global in globalThis, 'now' in new Date(0)[method]().constructor, global in globalThis];`;
  expect(inGuest(reached)).toEqual([false, false, false]);
});
