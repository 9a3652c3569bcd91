/** `WebAssembly` for functions with `limits.wasmMemoryMb`: as in the standard, but that what it takes is bounded. */
import { expect, test } from 'vitest';
import { Guest, inGuest } from './harness.ts';

/** Texts of modules, as functions would read them from their bundle. */
const MODULES = `
  const bytes = (...all) => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...all]);
  /** \`add(i32, i32)\`, without a memory. */
  const ADD = bytes(1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11);
  /** A memory of its own of one page, exported; \`grow(pages)\`. \`limits\`: flags and numbers of pages. */
  const memory = (...limits) => bytes(1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 1 + limits.length, 1, ...limits,
    7, 14, 2, 3, 109, 101, 109, 2, 0, 4, 103, 114, 111, 119, 0, 0, 10, 8, 1, 6, 0, 32, 0, 64, 0, 11);
  /** Imports the function \`env.f\`, has a memory with "hi" in it, and exports both. */
  const MIXED = bytes(1, 4, 1, 96, 0, 0, 2, 9, 1, 3, 101, 110, 118, 1, 102, 0, 0, 5, 3, 1, 0, 1,
    7, 11, 2, 1, 102, 0, 0, 3, 109, 101, 109, 2, 0, 11, 8, 1, 0, 65, 8, 11, 2, 104, 105);
  const thrown = (run) => { try { run(); return null } catch (error) { return error.name + ': ' + error.message } };
`;
const PAGE = 65_536;

function withWasm(code: string, wasmMemoryMb = 4): unknown {
  return inGuest(`${MODULES}${code}`, { wasmMemoryMb });
}

test('modules compile, run, and say what they import and export', () => {
  expect(
    withWasm(`
      const { module, instance } = await WebAssembly.instantiate(ADD);
      const again = await WebAssembly.instantiate(module);
      const mixed = new WebAssembly.Module(MIXED);
      const calls = [];
      const { exports } = new WebAssembly.Instance(mixed, { env: { f: () => calls.push('called') } });
      exports.f();
      return [
        instance.exports.add(2, 3), again.exports.add(4, 5), calls,
        new TextDecoder().decode(new Uint8Array(exports.mem.buffer, 8, 2)),
        WebAssembly.Module.imports(mixed), WebAssembly.Module.exports(mixed), Object.keys(exports),
      ];`),
  ).toEqual([
    5,
    9,
    ['called'],
    'hi',
    [{ module: 'env', name: 'f', kind: 'function' }],
    [
      { name: 'f', kind: 'function' },
      { name: 'mem', kind: 'memory' },
    ],
    ['f', 'mem'],
  ]);
});

test('every name of ECMA-429 under WebAssembly is there, and what is not in it is not', () => {
  expect(
    withWasm(`
      const names = 'Global Instance Memory Module Table Tag Exception CompileError LinkError RuntimeError compile compileStreaming instantiate instantiateStreaming JSTag validate'.split(' ');
      return [names.filter((name) => WebAssembly[name] === undefined), Object.getOwnPropertyNames(WebAssembly).filter((name) => !names.includes(name)),
        String(WebAssembly), Object.prototype.propertyIsEnumerable.call(globalThis, 'WebAssembly'), WebAssembly.Module.name, WebAssembly.instantiate.length];`),
  ).toEqual([[], [], '[object WebAssembly]', false, 'Module', 1]);
});

test('streams of the type application/wasm are compiled; others are refused', () => {
  expect(
    withWasm(`
      const answer = (type, status = 200) => new Response(ADD, { status, headers: { 'content-type': type } });
      const { instance } = await WebAssembly.instantiateStreaming(Promise.resolve(answer('application/wasm')));
      const module = await WebAssembly.compileStreaming(answer('application/wasm'));
      const refused = await Promise.allSettled([WebAssembly.compileStreaming(answer('text/plain')),
        WebAssembly.compileStreaming(answer('application/wasm', 404)), WebAssembly.compileStreaming(ADD)]);
      return [instance.exports.add(1, 1), module instanceof WebAssembly.Module, refused.map(({ reason }) => reason.message)];`),
  ).toEqual([
    2,
    true,
    [
      'WebAssembly: the source has the type "text/plain", not application/wasm',
      'WebAssembly: the source was answered with 404',
      'WebAssembly: the source is no Response',
    ],
  ]);
});

test('a memory grows to its own maximum, or to half of what is left, and never beyond the limit', () => {
  expect(
    withWasm(`
      const grown = (instance) => { let pages = 1; while (instance.exports.grow(1) !== -1) pages++; return pages };
      const bounded = grown(new WebAssembly.Instance(new WebAssembly.Module(memory(1, 1, 8))));
      const unbounded = grown(new WebAssembly.Instance(new WebAssembly.Module(memory(0, 1))));
      const asked = new WebAssembly.Memory({ initial: 1, maximum: 60000 });
      let pages = 1;
      try { for (;;) { asked.grow(1); pages++ } } catch {}
      return [bounded, unbounded, pages, thrown(() => new WebAssembly.Memory({ initial: 64 }))];`),
  ).toEqual([
    8,
    27,
    13,
    'RangeError: 4 MiB of WebAssembly memory do not fit: 0.8 of the 4 MiB of limits.wasmMemoryMb are left; raise it in sovfn.jsonc, or make fewer',
  ]);
});

test('what nothing refers to any more makes room for the calls that come after', () => {
  using guest = new Guest({ wasmMemoryMb: 4 });
  guest.install(`${MODULES}
    const module = new WebAssembly.Module(memory(1, 16, 16));
    const kept = new WebAssembly.Instance(module);
    const handler = { fetch() {
      const instance = new WebAssembly.Instance(module);
      return new Response(String(instance.exports.mem.buffer.byteLength + kept.exports.grow(0)));
    } };`);
  for (let number = 0; number < 20; number++) expect(guest.dispatch().text).toBe(String(16 * PAGE + 16));
});

test.each([
  ['shared', 'memory(3, 1, 1)'],
  ['64-bit', 'memory(4, 1)'],
  ['of pages of another size', 'memory(8, 1, 0)'],
])('a memory that is %s is refused, inside of a module too', (_what, module) => {
  expect(withWasm(`return thrown(() => new WebAssembly.Module(${module}))`)).toMatch(
    /^CompileError: WebAssembly.Module\(\): the module has a memory that is shared or of 64 bits/,
  );
});

test('a function cannot get at the constructors that know no bound', () => {
  expect(
    withWasm(`
      const { exports, constructor } = new WebAssembly.Instance(new WebAssembly.Module(memory(0, 1)));
      class Mine extends WebAssembly.Memory {}
      const descriptor = { read: 0, get initial() { return this.read++ === 0 ? 1000 : 1 } };
      Object.prototype.shared = true;
      const shared = thrown(() => new Mine({ initial: 1 }));
      delete Object.prototype.shared;
      return [
        Object.getPrototypeOf(new Mine({ initial: 1 })) === Mine.prototype,
        Object.getPrototypeOf(Mine.prototype).constructor === WebAssembly.Memory,
        exports.mem.constructor === WebAssembly.Memory,
        constructor === WebAssembly.Instance,
        Object.getPrototypeOf(new WebAssembly.Module(ADD)).constructor === WebAssembly.Module,
        shared,
        thrown(() => new Mine(descriptor)).slice(0, 40),
      ];`),
  ).toEqual([
    ...[true, true, true, true, true],
    'TypeError: WebAssembly.Memory(): shared memory is closed',
    'RangeError: 62.5 MiB of WebAssembly memo',
  ]);
});

test.each([
  [
    'methods',
    `for (const one of [Array.prototype, Uint8Array.prototype, Object.getPrototypeOf(Uint8Array.prototype), ArrayBuffer.prototype,
    WeakMap.prototype, WeakRef.prototype, Function.prototype, Reflect, Math, Object]) {
    for (const key of Object.getOwnPropertyNames(one)) { try { if (typeof one[key] === 'function' && key !== 'constructor') one[key] = () => 0 } catch {} }
  }`,
  ],
  ['iteration', `Array.prototype[Symbol.iterator] = function* () { yield new Uint32Array(2); yield LARGE }`],
  ['byte arrays', `globalThis.Uint8Array = function () { return LARGE }`],
  ['word arrays', `globalThis.Uint32Array = function () { return [0, 0] }`],
  ['numbers', `globalThis.Number = () => NaN; globalThis.isNaN = () => false`],
  [
    'inherited members',
    `for (const key of ['initial', 'maximum', '0', '1']) Object.defineProperty(Object.prototype, key, { get: () => 1, set() {} })`,
  ],
])('patching %s does not widen the bound', (_what, patch) => {
  expect(
    withWasm(`
      const LARGE = memory(0, 232, 7);
      const attempt = () => {
        try { return new WebAssembly.Instance(new WebAssembly.Module(LARGE)).exports.mem.buffer.byteLength } catch { return 'refused' }
      };
      const before = attempt();
      const { stringify } = JSON;
      ${patch};
      const after = attempt();
      return before + ' ' + after;`),
  ).toBe('refused refused');
});

test.each([
  ['no module', 'new Uint8Array([1, 2, 3])', /ends too early/],
  ['a module cut in the middle', 'ADD.subarray(0, 20)', /ends too early/],
  ['an unknown section', 'bytes(99, 0)', /a section of the unknown kind 99/],
  ['a number that is too long', 'bytes(5, 128, 128, 128, 128, 16, 0)', /a number of more than 32 bits/],
  ['two sections of memories', 'bytes(5, 3, 1, 0, 1, 5, 3, 1, 0, 1)', /two sections of the kind 5/],
  [
    'an import of the name that is ours',
    'bytes(2, 19, 1, 12, 115, 111, 118, 102, 110, 58, 109, 101, 109, 111, 114, 121, 1, 48, 2, 0, 1)',
    /cannot be imported/,
  ],
])('%s is a CompileError, and not valid', (_what, module, message) => {
  const [error, isValid] = withWasm(
    `return [thrown(() => new WebAssembly.Module(${module})), WebAssembly.validate(${module})]`,
  ) as [string, boolean];
  expect(error).toMatch(message);
  expect(error).toMatch(/^CompileError/);
  expect(isValid).toBe(/cannot be imported/.test(error));
});

test('memory that reads beyond its end traps, and the isolate goes on', () => {
  expect(
    withWasm(`
      const load = bytes(1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 32, 0, 40, 2, 0, 11);
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(load));
      return [thrown(() => exports.f(${PAGE})), exports.f(0)];`),
  ).toEqual(['RuntimeError: memory access out of bounds', 0]);
});
