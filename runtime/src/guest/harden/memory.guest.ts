/**
 * Closes the memory that V8 does not count: resizable ArrayBuffers, shared and WebAssembly memory (measured: 580 MB kept
 * under a limit of 32). What is left is counted: plain buffers, also through `transfer` with a new length.
 */
import { closeWebAssembly } from './web-assembly.guest.ts';
import { defineProperty, getOwnPropertyDescriptor, ownKeys, reflectConstruct } from '../core/primordials.guest.ts';

export function closeUncountedMemory(): void {
  replaceArrayBuffer();
  closeWebAssembly();
  const global = globalThis as Record<string, unknown>;
  delete global['SharedArrayBuffer'];
  delete global['Atomics'];
}

/**
 * The second argument is ignored and `resize` is gone, as in an engine that has never heard of resizable buffers: code
 * that asks `'resize' in ArrayBuffer.prototype` takes its other path.
 */
function replaceArrayBuffer(): void {
  const Intrinsic = ArrayBuffer;
  const { prototype } = Intrinsic;
  const Fixed = function (this: unknown, length: unknown): ArrayBuffer {
    if (new.target === undefined) throw new TypeError("Constructor ArrayBuffer requires 'new'");
    const target = (new.target as unknown) === Fixed ? Intrinsic : (new.target as unknown as typeof Intrinsic);
    return reflectConstruct(Intrinsic, [length], target) as ArrayBuffer;
  };
  for (const key of ownKeys(Intrinsic)) {
    if (key !== 'prototype') defineProperty(Fixed, key, getOwnPropertyDescriptor(Intrinsic, key)!);
  }
  defineProperty(Fixed, 'prototype', { value: prototype, writable: false, enumerable: false, configurable: false });
  defineProperty(prototype, 'constructor', { value: Fixed, writable: true, configurable: true, enumerable: false });
  defineProperty(globalThis, 'ArrayBuffer', { value: Fixed, writable: true, configurable: true, enumerable: false });
  const members = prototype as unknown as Record<string, unknown>;
  delete members['resize'];
  delete members['resizable'];
  delete members['maxByteLength'];
}
