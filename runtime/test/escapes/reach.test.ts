/** No object of the host can be reached from a function, by whatever way there is from one object to another. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIND_FORBIDDEN } from './graph.ts';
import { Inside } from './inside.ts';

let inside: Inside;
beforeAll(async () => {
  inside = await Inside.start();
});
afterAll(() => inside[Symbol.asyncDispose]());

test('nothing of Node or isolated-vm is among the names of the global object', async () => {
  const names = await inside.run(`
    const all = new Set();
    for (let one = globalThis; one !== null; one = Object.getPrototypeOf(one)) Reflect.ownKeys(one).forEach((key) => all.add(String(key)));
    const NODE = ['process', 'require', 'module', 'exports', 'global', 'Buffer', 'ivm', '_ivm', '__filename', '__dirname', 'Deno', 'Bun', 'setImmediate', 'host', 'loadPart', 'evaluate', 'eagerModules', 'prelude', '$0'];
    return NODE.filter((name) => all.has(name) || name in globalThis);
  `);
  expect(names).toEqual([]);
});

test.each([
  ['the global object', `{ globalThis }`],
  ['the arguments of a handler', `{ request, env, ctx }`],
  [
    'instances of the Web platform',
    `{
    a: new Headers({ a: 'b' }), b: new Response('x'), c: new Request('http://a/', { method: 'POST', body: 'x' }), d: new URL('http://a/'),
    e: new URLSearchParams('a=b'), f: new AbortController(), g: new ReadableStream(), h: new Blob(['x']), i: new FormData(),
    j: new TextDecoder(), k: new TextEncoder(), l: new EventTarget(), m: new MessageChannel(), n: crypto, o: performance, p: console }`,
  ],
  [
    'errors that the host makes',
    `{
    a: await crypto.subtle.digest('SHA-256', 1).catch((error) => error), b: (() => { try { new URL('http://\\u{ff}\\u{0}') } catch (error) { return error } })(),
    c: (() => { try { for (;;) setTimeout(() => {}, 1e6) } catch (error) { return error } })() }`,
  ],
  [
    'what the host gives: digests, random bytes, request bodies',
    `{
    a: await crypto.subtle.digest('SHA-256', new Uint8Array(1)), b: crypto.getRandomValues(new Uint8Array(4)), c: await request.arrayBuffer(), d: crypto.randomUUID() }`,
  ],
  [
    'WebAssembly: modules with memories of their own, memories, errors',
    `{
    a: WebAssembly, b: new WebAssembly.Memory({ initial: 1 }), c: await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 109, 2, 0])),
    d: (() => { try { new WebAssembly.Memory({ initial: 60000 }) } catch (error) { return error } })(),
    e: await WebAssembly.compile(new Uint8Array(3)).catch((error) => error) }`,
  ],
  [
    'a module namespace',
    `{ a: await import('node:fs').catch((error) => error), b: await import('./cell.ts').catch((error) => error) }`,
  ],
])('no object that comes from %s leads to the host', async (_what, roots) => {
  const result = (await inside.run(`${FIND_FORBIDDEN}\nreturn findForbidden(${roots});`, QUIET)) as {
    found: string[];
    seen: number;
  };
  expect(result.found).toEqual([]);
  expect(result.seen).toBeGreaterThan(10);
});

test.each([
  ['a batch and its messages', `{ batch, env, ctx, bodies: batch.messages.map((message) => message.body) }`],
  ['the tick of a schedule', `{ controller, env, ctx }`],
])('no object that comes from %s leads to the host', async (_what, roots) => {
  const result = (await inside.runEvent(`${FIND_FORBIDDEN}\n${QUIET}\nreturn findForbidden(${roots});`)) as {
    found: string[];
    seen: number;
  };
  expect(result.found).toEqual([]);
  expect(result.seen).toBeGreaterThan(10);
});

/** The walk calls getters on objects that they are not for, whose rejections are of no interest. */
const QUIET = `addEventListener('unhandledrejection', (event) => event.preventDefault());`;

/** As CONSTRUCTORS, of what the handlers `queue` and `scheduled` get. */
const EVENT_CONSTRUCTORS = [
  `batch.constructor.constructor`,
  `batch.ackAll.constructor`,
  `batch.messages.constructor.constructor`,
  `batch.messages[0].retry.constructor`,
  `batch.messages[0].body.constructor.constructor`,
  `batch.messages[1].body.constructor.constructor`,
  `batch.messages[0].timestamp.constructor.constructor`,
  `controller.constructor.constructor`,
  `controller.noRetry.constructor`,
];

/** Each is an expression that would give `Function` of some realm. */
const CONSTRUCTORS = [
  `Function`,
  `(() => {}).constructor`,
  `(async () => {}).constructor`,
  `(function* () {}).constructor`,
  `(async function* () {}).constructor`,
  `Object.constructor`,
  `[].constructor.constructor`,
  `''.constructor.constructor`,
  `(1).constructor.constructor`,
  `Symbol().constructor.constructor`,
  `/x/.constructor.constructor`,
  `class {}.constructor`,
  `Promise.resolve().constructor.constructor`,
  `request.constructor.constructor`,
  `env.constructor.constructor`,
  `ctx.constructor.constructor`,
  `ctx.waitUntil.constructor`,
  `request.headers.get.constructor`,
  `console.log.constructor`,
  `fetch.constructor`,
  `setTimeout.constructor`,
  `crypto.subtle.digest.constructor`,
  `crypto.getRandomValues(new Uint8Array(1)).constructor.constructor`,
  `Reflect.getPrototypeOf(Reflect.getPrototypeOf(function* () {})).constructor`,
  `Object.getOwnPropertyDescriptor(Function.prototype, 'constructor').value`,
  `new Proxy(Function, {})`,
  `Function.bind(null)`,
  `Reflect.construct.bind(null, Function)`,
  `Object.getPrototypeOf((async () => {}).constructor)`,
  `new Error().constructor.constructor`,
  `(await import('x').catch((error) => error)).constructor.constructor`,
  `(await crypto.subtle.digest('SHA-256', 1).catch((error) => error)).constructor.constructor`,
  `(() => { try { null.x } catch (error) { return error } })().constructor.constructor`,
  `(() => { try { for (;;) setTimeout(() => {}, 1e6) } catch (error) { return error } })().constructor.constructor`,
  `Intl.DateTimeFormat.prototype.formatToParts.constructor`,
  `Temporal.Now.instant.constructor`,
  `Object.getOwnPropertyDescriptor(globalThis, 'onerror')?.get?.constructor ?? Function`,
];

const makeCode = (expression: string): string => `
  const constructor = ${expression};
  const attempts = [() => constructor('return process')(), () => new constructor('return this')(), () => Reflect.apply(constructor, null, [['return 1']])()];
  return attempts.map((attempt) => { try { return 'made ' + typeof attempt(); } catch (error) { return error.name; } });
`;

test.each(EVENT_CONSTRUCTORS)('no code can be made by %s', async (expression) => {
  const made = await inside.runEvent(makeCode(expression));
  expect((made as string[]).filter((result) => result.startsWith('made'))).toEqual([]);
});

test.each(CONSTRUCTORS)('no code can be made by %s', async (expression) => {
  const made = await inside.run(makeCode(expression));
  expect((made as string[]).filter((result) => result.startsWith('made'))).toEqual([]);
});

test.each([
  `eval('1 + 1')`,
  `(0, eval)('1 + 1')`,
  `globalThis.eval('1 + 1')`,
  `setTimeout('globalThis.x = 1')`,
  `setInterval('globalThis.x = 1')`,
])('%s makes no code either', async (expression) => {
  expect(await inside.run(`try { ${expression}; return 'made'; } catch (error) { return error.name; }`)).toBe(
    'EvalError',
  );
});

test.each([
  'node:fs',
  'fs',
  'file:///etc/passwd',
  'data:text/javascript,export default 1',
  './main.ts',
  'isolated-vm',
  '',
])('import(%j) loads nothing', async (specifier) => {
  const result = await inside.run(
    `return import(${JSON.stringify(specifier)}).then(() => 'loaded', (error) => error instanceof Error);`,
  );
  expect(result).toBe(true);
});
