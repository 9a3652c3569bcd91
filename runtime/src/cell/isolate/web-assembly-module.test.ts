import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MEMORY_IMPORTS, NO_MAXIMUM, openedModule, openModule } from './web-assembly-module.ts';

interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}

/** That of this Node, of which its types know nothing. */
interface WebAssemblyOfNode {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: (new (bytes: Uint8Array) => object) & {
    imports(module: object): Import[];
    customSections(module: object, name: string): ArrayBuffer[];
  };
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (descriptor: object) => { readonly buffer: ArrayBuffer };
}

const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WebAssemblyOfNode };
const HEADER = [0, 97, 115, 109, 1, 0, 0, 0];
const CUSTOM = [0, 4, 1, 97, 1, 2];
const TYPES = [1, 4, 1, 96, 0, 0];
const IMPORTS = [2, 9, 1, 3, 101, 110, 118, 1, 102, 0, 0];
const MEMORIES = [5, 7, 2, 0, 1, 1, 2, 128, 1];
const EXPORTS = [7, 11, 2, 1, 102, 0, 0, 3, 109, 101, 109, 2, 1];
const DATA = [11, 8, 1, 0, 65, 8, 11, 2, 104, 105];
const MODULE = Uint8Array.from([HEADER, CUSTOM, TYPES, IMPORTS, CUSTOM, MEMORIES, EXPORTS, DATA, CUSTOM].flat());

test('the memories of a module become its last imports; everything else, and every number, stays', () => {
  const { bytes, memories } = openModule(MODULE);
  const module = new wasm.Module(new Uint8Array(bytes));
  expect(memories).toEqual([
    { initial: 1, maximum: NO_MAXIMUM },
    { initial: 2, maximum: 128 },
  ]);
  expect(wasm.Module.imports(module)).toEqual([
    { module: 'env', name: 'f', kind: 'function' },
    { module: MEMORY_IMPORTS, name: '0', kind: 'memory' },
    { module: MEMORY_IMPORTS, name: '1', kind: 'memory' },
  ]);
  expect(wasm.Module.customSections(module, 'a')).toHaveLength(3);
  const own = [new wasm.Memory({ initial: 1 }), new wasm.Memory({ initial: 2 })] as const;
  const imports = { env: { f: () => undefined }, [MEMORY_IMPORTS]: { 0: own[0], 1: own[1] } };
  expect(new wasm.Instance(module, imports).exports.mem).toBe(own[1]);
  expect(Buffer.from(own[0].buffer, 8, 2).toString()).toBe('hi');
});

test('a module without memories of its own is left as it is', () => {
  const module = Uint8Array.from([HEADER, TYPES, IMPORTS].flat());
  expect(openModule(module).bytes).toBe(module);
});

/** The module with a few bytes changed, or cut off. */
const damaged = fc
  .tuple(fc.array(fc.tuple(fc.nat(MODULE.length - 1), fc.nat(255)), { maxLength: 4 }), fc.nat(MODULE.length))
  .map(([changes, cut]) => {
    const bytes = new Uint8Array(MODULE);
    for (const [at, byte] of changes) bytes[at] = byte;
    return bytes.slice(0, cut % 3 === 0 ? cut : bytes.length);
  });

test('what V8 takes of a damaged module has no memory that is not imported, and what it would refuse stays refused', () => {
  fc.assert(
    fc.property(damaged, (bytes) => {
      const opened = openedModule(bytes.buffer);
      if (typeof opened === 'string') return;
      const [count] = new Uint32Array(opened, 0, 1);
      const code = new Uint8Array(opened, (2 + 2 * count!) * 4);
      if (!wasm.validate(code)) return;
      expect(wasm.validate(bytes)).toBe(true);
      const imports = wasm.Module.imports(new wasm.Module(code));
      expect(imports.filter(({ module }) => module === MEMORY_IMPORTS)).toHaveLength(count!);
      expect(() => openModule(code)).not.toThrow();
      expect(openModule(code).memories).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ['a maximum below its beginning', [5, 4, 1, 1, 2, 1]],
  ['more than 32 bits can address', [5, 5, 1, 0, 0x81, 0x80, 0x04]],
  ['a maximum beyond it', [5, 6, 1, 1, 1, 0x81, 0x80, 0x04]],
])('a memory with %s is refused here, since V8 would not see it', (_what, section) => {
  const bytes = Uint8Array.from([HEADER, section].flat());
  expect(wasm.validate(bytes)).toBe(false);
  expect(openedModule(bytes.buffer)).toMatch(/^the module has a memory of \d+ to \d+ pages/);
});

test('any bytes are opened or refused in words', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (tail, hasHeader) => {
      const bytes = Uint8Array.from([...(hasHeader ? HEADER : []), ...tail]);
      const opened = openedModule(bytes.buffer);
      if (typeof opened === 'string') expect(opened).toMatch(/^the module .* \(at byte \d+\)$/);
    }),
  );
});
