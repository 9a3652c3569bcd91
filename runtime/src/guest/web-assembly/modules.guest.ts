/**
 * Modules and their instances, whose own memories are made here: the host has turned them into imports
 * (cell/isolate/web-assembly-module.ts), and nothing is compiled that has not been there.
 *
 * NOTE: between the host's answer and V8 nothing may be used that a function can patch: no global by its name, no
 * iteration (array destructuring and spreading included), no method of a prototype.
 */
import { host } from '../core/host.guest.ts';
import { exactBuffer } from '../core/bytes.guest.ts';
import { reflectApply, reflectConstruct, uncurryThis } from '../core/primordials.guest.ts';
import { bufferSourceBytes, isObject } from '../core/webidl.guest.ts';
import { intrinsicWebAssembly } from '../harden/web-assembly.guest.ts';
import { takePages } from './budget.guest.ts';
import { makeMemory } from './memory.guest.ts';

const { Module: IntrinsicModule, Instance: IntrinsicInstance, CompileError, validate } = intrinsicWebAssembly();
const importsOf = IntrinsicModule.imports;
const PAGE_BYTES = 65_536;
const MEMORY_IMPORTS = 'sovfn:memory';
const HEAD = 2;
const FIELDS = 2;

const { ceil } = Math;
const toNumber = Number;
const Bytes = Uint8Array;
const Words = Uint32Array;

type AnyFunction = (...args: never[]) => unknown;
type Target = new (...args: never[]) => object;

/** The number of memories, the bytes of code, and pairs of pages at first and at most. */
const memoriesOf = new WeakMap<object, Uint32Array>();
const getMemories = uncurryThis(WeakMap.prototype.get as AnyFunction) as unknown as (
  map: typeof memoriesOf,
  module: unknown,
) => Uint32Array | undefined;
const setMemories = uncurryThis(WeakMap.prototype.set as AnyFunction) as unknown as (
  map: typeof memoriesOf,
  module: object,
  memories: Uint32Array,
) => void;

/** `target`: the constructor that was called with `new`. */
export function makeModule(source: unknown, target: Target): object {
  const bytes = bufferSourceBytes(source);
  if (bytes === null) throw new TypeError('WebAssembly.Module(): Argument 0 must be a buffer source');
  const opened = host.openModule(exactBuffer(bytes));
  if (typeof opened === 'string') throw new CompileError(`WebAssembly.Module(): ${opened}`);
  const { memories, code } = partsOf(opened);
  const pages = ceil(memories[1]! / PAGE_BYTES);
  return takePages(pages, 'code', () => {
    const module = reflectConstruct<unknown[], object>(IntrinsicModule, [code], target);
    requireOwn(module, memories[0]!);
    setMemories(memoriesOf, module, memories);
    return module;
  });
}

export function isValid(source: unknown): boolean {
  const bytes = bufferSourceBytes(source);
  if (bytes === null) throw new TypeError('WebAssembly.validate(): Argument 0 must be a buffer source');
  const opened = host.openModule(exactBuffer(bytes));
  return typeof opened !== 'string' && reflectApply(validate as never, undefined, [partsOf(opened).code]);
}

export function isModule(value: unknown): value is object {
  return getMemories(memoriesOf, value) !== undefined;
}

export function makeInstance(module: unknown, imports: unknown, target: Target): object {
  const memories = getMemories(memoriesOf, module);
  const given =
    memories === undefined || memories[0] === 0 ? imports : withMemories(module as object, imports, memories);
  return reflectConstruct<unknown[], object>(IntrinsicInstance, [module, given], target);
}

/** What the module imports, as its author wrote it. */
export function statedImports(module: object): object[] {
  return importsOf(module).filter((entry) => entry.module !== MEMORY_IMPORTS);
}

function partsOf(opened: ArrayBuffer): { memories: Uint32Array; code: Uint8Array } {
  const count = new Words(opened, 0, 1)[0]!;
  const fields = HEAD + count * FIELDS;
  const seen = new Words(opened, 0, fields);
  const memories = new Words(fields);
  for (let index = 0; index < fields; index++) memories[index] = seen[index]!;
  return { memories, code: new Bytes(opened, fields * 4) };
}

/** A module that names memories of this side as its own would get those of another. */
function requireOwn(module: object, count: number): void {
  const all = importsOf(module);
  let own = 0;
  for (let index = 0; index < all.length; index++) if (all[index]!.module === MEMORY_IMPORTS) own++;
  if (own !== count) throw new CompileError(`WebAssembly.Module(): "${MEMORY_IMPORTS}" cannot be imported`);
}

/** What V8 would read of the imports, in its order, and the memories. */
function withMemories(module: object, imports: unknown, memories: Uint32Array): object {
  const all = importsOf(module);
  const given: Record<string, Record<string, unknown>> = { __proto__: null } as never;
  for (let index = 0; index < all.length; index++) {
    const { module: from, name } = all[index]!;
    const namespace = (given[from] ??= { __proto__: null } as never);
    namespace[name] = from === MEMORY_IMPORTS ? ownMemory(memories, toNumber(name)) : readImport(imports, from, name);
  }
  return given;
}

function ownMemory(memories: Uint32Array, index: number): object {
  const at = HEAD + index * FIELDS;
  return makeMemory(memories[at]!, memories[at + 1]!);
}

function readImport(imports: unknown, from: string, name: string): unknown {
  if (!isObject(imports)) throw new TypeError('WebAssembly.Instance(): Argument 1 must be an object with the imports');
  const namespace = (imports as Record<string, unknown>)[from];
  if (!isObject(namespace)) throw new TypeError(`WebAssembly.Instance(): Import "${from}" is not an object`);
  return (namespace as Record<string, unknown>)[name];
}
