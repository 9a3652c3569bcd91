/** A function may change every intrinsic of its isolate: it harms itself at the most, and gets hold of nothing inner. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Inside } from './inside.ts';

let inside: Inside;
beforeAll(async () => {
  inside = await Inside.start();
});
afterAll(() => inside[Symbol.asyncDispose]());

/** Each is run at the module's top level, before the function is called. */
const PATCHES: readonly [what: string, patch: string][] = [
  ['Promise.prototype.then', `Promise.prototype.then = function () { spied(this); return new Promise(() => {}); };`],
  ['Promise.resolve', `Promise.resolve = spy; Promise.reject = spy; Promise.withResolvers = spy;`],
  [
    'Reflect',
    `for (const key of Reflect.ownKeys(Reflect)) if (typeof Reflect[key] === 'function') Reflect[key] = spy;`,
  ],
  [
    'Function.prototype.call, apply and bind',
    `for (const key of ['call', 'apply', 'bind']) Function.prototype[key] = spy;`,
  ],
  [
    'Object.prototype with getters',
    `for (const key of ['get', 'set', 'value', 'then', 'status', 'kind', 'call']) Object.defineProperty(Object.prototype, key, { configurable: true, get() { spied(this); return undefined; }, set() {} });`,
  ],
  ['JSON', `JSON.parse = spy; JSON.stringify = spy;`],
  [
    'Symbol.species',
    `for (const one of [Array, ArrayBuffer, RegExp]) Object.defineProperty(one, Symbol.species, { get() { spied(this); return class {}; } });`,
  ],
  ['Error and its subclasses', `globalThis.Error = globalThis.TypeError = globalThis.RangeError = spy;`],
  [
    'globalThis itself',
    `for (const key of ['Promise', 'Map', 'Uint8Array', 'Object', 'Reflect', 'Response', 'host']) globalThis[key] = null;`,
  ],
];

const SPY = `
  const seen = [];
  function spied(...values) { for (const value of values) if (typeof value === 'function') seen[seen.length] = value; }
  function spy(...values) { spied(this, ...values); return undefined; }
`;

test.each(PATCHES)(
  'a function that replaces %s gets no operation of the host, and its neighbours work on',
  async (_what, patch) => {
    const code = `console.log('x'); for (let i = 0; i < seen.length; i++) if (seen[i].name === 'forward') throw 'an operation'; return 'none';`;
    // With some of these the function cannot even be loaded any more: that is its own affair.
    const text = await inside.answerOf(code, SPY + patch).then((answer) => answer.text, String);
    expect(text).not.toContain('an operation');
    await inside.assertHostUnchanged();
  },
);

test.each([
  `Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(Promise.prototype);`,
  `Object.prototype.polluted = 1; Array.prototype[0] = 1; Object.prototype.toJSON = () => 'no';`,
  `globalThis.__proto__ = null;`,
  `Object.setPrototypeOf(Object.getPrototypeOf(Response.prototype) ?? {}, { a: 1 });`,
  `Object.defineProperty(Object.prototype, '__proto__', { get: () => null, set() {} });`,
])('after %j other functions of the cell are as before', async (patch) => {
  await inside.answerOf(`return 1;`, `try { ${patch} } catch {}`);
  await inside.assertHostUnchanged();
});
