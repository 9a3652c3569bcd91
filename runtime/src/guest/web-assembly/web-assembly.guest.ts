/**
 * `WebAssembly` for functions that ask for it (`limits.wasmMemoryMb`): V8's own, but that modules and memories are made here,
 * within the budget. Asynchronous methods work at once, in the entry that calls them: what they cost is charged to its call.
 */
import { defineProperty, getOwnPropertyDescriptor, ownKeys } from '../core/primordials.guest.ts';
import { isResponse, type Response } from '../fetch/response.guest.ts';
import { giveWebAssembly, intrinsicWebAssembly } from '../harden/web-assembly.guest.ts';
import { openBudget } from './budget.guest.ts';
import { makeDescribedMemory } from './memory.guest.ts';
import { isModule, isValid, makeInstance, makeModule, statedImports } from './modules.guest.ts';

const intrinsic = intrinsicWebAssembly();
const WASM_TYPE = /^application\/wasm$/i;

type Target = new (...args: never[]) => object;
type Make = (target: Target, first: unknown, second: unknown) => object;

export function openWebAssembly(wasmMemoryMb: number, collect: () => void): void {
  openBudget(wasmMemoryMb, collect);
  const Module = replaceConstructor('Module', (target, bytes) => makeModule(bytes, target));
  const Instance = replaceConstructor('Instance', (target, module, imports) => makeInstance(module, imports, target));
  replaceConstructor('Memory', (target, descriptor) => makeDescribedMemory(descriptor, target));
  defineProperty(Module, 'imports', { value: statedImports, writable: true, configurable: true, enumerable: true });
  const compile = (bytes: unknown): object => makeModule(bytes, Module);
  const instantiate = (source: unknown, imports: unknown): object => {
    if (isModule(source)) return makeInstance(source, imports, Instance);
    const module = compile(source);
    return { module, instance: makeInstance(module, imports, Instance) };
  };
  defineMethods({
    validate: isValid,
    compile: async (bytes: unknown) => compile(bytes),
    instantiate: async (source: unknown, imports: unknown = undefined) => instantiate(source, imports),
    compileStreaming: async (source: unknown) => compile(await bytesOf(source)),
    instantiateStreaming: async (source: unknown, imports: unknown = undefined) =>
      instantiate(await bytesOf(source), imports),
  });
  closeTheRest();
  giveWebAssembly();
}

/** The one that functions get in the place of V8's, with its prototype and its static members. */
function replaceConstructor(name: 'Module' | 'Instance' | 'Memory', make: Make): Target {
  const Intrinsic = intrinsic[name];
  const { prototype } = Intrinsic as { readonly prototype: object };
  const Replacement = function (first: unknown, second: unknown): object {
    if (new.target === undefined) throw new TypeError(`WebAssembly.${name} must be invoked with 'new'`);
    return make(new.target as unknown as Target, first, second);
  };
  for (const key of ownKeys(Intrinsic)) {
    if (key !== 'prototype') defineProperty(Replacement, key, getOwnPropertyDescriptor(Intrinsic, key)!);
  }
  defineProperty(Replacement, 'prototype', {
    value: prototype,
    writable: false,
    enumerable: false,
    configurable: false,
  });
  defineProperty(prototype, 'constructor', {
    value: Replacement,
    writable: true,
    configurable: true,
    enumerable: false,
  });
  defineProperty(intrinsic, name, { value: Replacement, writable: true, configurable: true, enumerable: false });
  return Replacement as unknown as Target;
}

function defineMethods(methods: Readonly<Record<string, (...args: never[]) => unknown>>): void {
  for (const name of ownKeys(methods) as string[]) {
    const value = methods[name]!;
    defineProperty(value, 'name', { value: name, configurable: true });
    defineProperty(intrinsic, name, { value, writable: true, configurable: true, enumerable: true });
  }
}

/** Stacks that are switched are native memory that nobody counts; buffers that can be resized are closed everywhere. */
function closeTheRest(): void {
  const members = intrinsic as unknown as Record<string, unknown>;
  delete members['Suspending'];
  delete members['promising'];
  delete members['SuspendError'];
  const memory = (intrinsic.Memory as unknown as { readonly prototype: Record<string, unknown> }).prototype;
  delete memory['toResizableBuffer'];
  delete memory['toFixedLengthBuffer'];
}

async function bytesOf(source: unknown): Promise<ArrayBuffer> {
  const response: unknown = await source;
  if (!isResponse(response)) throw new TypeError('WebAssembly: the source is no Response');
  requireModule(response);
  return response.arrayBuffer();
}

function requireModule({ ok, status, headers }: Response): void {
  if (!ok) throw new TypeError(`WebAssembly: the source was answered with ${status}`);
  const type = headers.get('content-type') ?? '';
  if (!WASM_TYPE.test(type))
    throw new TypeError(`WebAssembly: the source has the type "${type}", not application/wasm`);
}
