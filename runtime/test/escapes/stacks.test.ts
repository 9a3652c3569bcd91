/** What stacks and functions say of themselves tells nothing of the host, and hands out nothing inner. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIND_FORBIDDEN } from './graph.ts';
import { Inside } from './inside.ts';

let inside: Inside;
beforeAll(async () => {
  inside = await Inside.start();
});
afterAll(() => inside[Symbol.asyncDispose]());

/** Ways to make the host or the platform throw. The answer is read for paths of the host by `Inside`. */
const FAILURES = [
  `await crypto.subtle.digest('SHA-256', 1)`,
  `await crypto.subtle.digest('nonsense', new Uint8Array(1))`,
  `crypto.getRandomValues(new Uint8Array(70_000))`,
  `for (;;) setTimeout(() => {}, 1e6)`,
  `new URL('nonsense')`,
  `new TextDecoder('nonsense')`,
  `structuredClone(() => {})`,
  `null.x`,
  `await import('node:fs')`,
  `(function f() { f(); })()`,
  `(function f() { crypto.randomUUID(); console.log(1); f(); })()`,
];

test.each(FAILURES)('the stack of what %s throws names no file of the host', async (code) => {
  const seen = (await inside.run(
    `try { ${code}; return null; } catch (error) { return [String(error), error.stack, error.cause?.stack, JSON.stringify(error), JSON.stringify(Object.getOwnPropertyNames(error).map((key) => String(error[key])))]; }`,
  )) as string[];
  expect(seen).toBeInstanceOf(Array);
});

test.each(FAILURES)('a failure by %s is told without a file of the host', async (code) => {
  const { outcome } = await inside.answerOf(code);
  expect(outcome).not.toBe('cell-lost');
});

/** Hands over each error whose name or message is looked up on its prototype. */
const SPYING_PROTOTYPES = `
  const seen = [];
  for (const { prototype } of [Error, TypeError, RangeError]) {
    for (const key of ['name', 'message', 'stack', 'cause']) {
      Object.defineProperty(prototype, key, {
        configurable: true,
        get() { seen.push(Object.getOwnPropertyDescriptor(this, 'stack')?.value ?? this.stack); return 'Error'; },
      });
    }
  }
`;

test('an error that the host throws passes no getter of the function on its way', async () => {
  const seen = await inside.run(
    `try { for (;;) setTimeout(() => {}, 1e6); } catch { seen.push('caught'); } return seen.map(String);`,
    SPYING_PROTOTYPES.replace(", 'stack'", ''),
  );
  expect(seen).toEqual(['caught']);
});

test.each([
  `new TypeError('x')`,
  `Object.assign(new Error('x'), { stack: undefined })`,
  `Object.assign(new Error('x'), { stack: 'my own' })`,
  `Object.assign(new Error('x'), { stack: {} })`,
  `Object.defineProperty(new Error('x'), 'stack', { get() { throw 1; } })`,
  `(() => { const error = new Error('x'); delete error.stack; return error; })()`,
  `new Error('\\n    at (<isolated-vm boundary>)')`,
  `Object.setPrototypeOf(new Error('x'), null)`,
  `new DOMException('x', 'AbortError')`,
  `new Proxy(new Error('x'), {})`,
  `({ message: 'x', stack: 'y' })`,
  `Symbol('x')`,
  `() => {}`,
  `10n`,
  `null`,
])('the rejection %s comes back from the host without a stack of the host', async (reason) => {
  const seen = await inside.run(`
    const seen = [];
    addEventListener('unhandledrejection', (event) => { event.preventDefault(); seen.push(String(event.reason.stack)); });
    void Promise.reject(${reason});
    await new Promise((done) => setTimeout(() => { void Promise.reject(${reason}); setTimeout(done, 1); }, 0));
    return seen;
  `);
  expect(seen).not.toEqual([]);
});

test('Error.prepareStackTrace gets no function, no receiver and no file of the host', async () => {
  const sites = (await inside.run(`
    ${FIND_FORBIDDEN}
    const sites = [];
    Error.prepareStackTrace = (error, all) => {
      for (const site of all) {
        const parts = [site.getThis(), site.getFunction(), site.getEvalOrigin(), site.getFileName(), site.getTypeName(), site.getScriptNameOrSourceURL?.(), String(site)];
        sites.push({ inner: [typeof parts[0], typeof parts[1]], texts: parts.slice(2).map(String), found: findForbidden({ parts }).found });
      }
      return 'prepared';
    };
    Error.stackTraceLimit = Infinity;
    const failures = [
      () => null.x,
      () => new URL('nonsense'),
      () => crypto.getRandomValues(new Uint8Array(70_000)),
      () => { for (;;) setTimeout(() => {}, 1e6); },
      () => new Headers([[1]]),
      () => structuredClone(Symbol()),
      () => [1].map(() => new TextDecoder('nonsense')),
    ];
    for (const failure of failures) try { failure(); } catch (error) { void error.stack; }
    await crypto.subtle.digest('x', 1).catch((error) => error.stack);
    return sites;
  `)) as { inner: string[]; texts: string[]; found: string[] }[];
  expect(sites.length).toBeGreaterThan(0);
  expect(sites.flatMap((site) => site.found)).toEqual([]);
  expect(new Set(sites.flatMap((site) => site.inner))).toEqual(new Set(['undefined']));
});

test('Error.captureStackTrace writes no file of the host', async () => {
  const text = await inside.run(`
    const holders = [{}, request, env === null ? {} : {}, ctx, class {}, globalThis];
    Error.stackTraceLimit = 1_000;
    return holders.map((holder) => { Error.captureStackTrace(holder); return String(holder.stack); });
  `);
  expect((text as string[]).join()).not.toContain('undefined');
});

test('functions of the platform show no caller, no arguments, and no source with a path', async () => {
  const leaks = (await inside.run(`
    const leaks = [];
    const seen = new Set();
    const look = (value, path) => {
      if ((typeof value !== 'object' || value === null) && typeof value !== 'function' || seen.has(value) || path.split('.').length > 5) return;
      seen.add(value);
      if (typeof value === 'function') {
        for (const key of ['caller', 'arguments', 'callee']) try { if (value[key] !== null && value[key] !== undefined) leaks.push(path + '.' + key); } catch {}
        leaks.push('source ' + Function.prototype.toString.call(value).replaceAll(/\\s+/g, ' '));
      }
      for (const key of Reflect.ownKeys(value)) {
        const { get, set, value: inner } = Object.getOwnPropertyDescriptor(value, key);
        for (const one of [get, set, inner]) look(one, path + '.' + String(key));
      }
    };
    look(globalThis, 'globalThis');
    look(ctx, 'ctx');
    look(Object.getPrototypeOf(ctx), 'ctx');
    return [leaks.filter((leak) => !leak.startsWith('source')), leaks.length];
  `)) as [string[], number];
  expect(leaks[0]).toEqual([]);
  expect(leaks[1]).toBeGreaterThan(500);
});

test('a callback learns nothing of who calls it', async () => {
  const seen = await inside.run(`
    const seen = [];
    function look() { try { seen.push(typeof look.caller, typeof arguments.callee?.caller); } catch (error) { seen.push(error.name); } }
    const target = new EventTarget();
    target.addEventListener('x', look);
    target.dispatchEvent(new Event('x'));
    new Headers({ a: 'b' }).forEach(look);
    await new Promise((done) => queueMicrotask(() => { look(); done(); }));
    await new Promise((done) => setTimeout(() => { look(); done(); }, 0));
    new Response({ toString: look, valueOf: look, [Symbol.toPrimitive]: () => { look(); return ''; } });
    return [...new Set(seen)];
  `);
  expect(seen).toEqual(['TypeError']);
});
