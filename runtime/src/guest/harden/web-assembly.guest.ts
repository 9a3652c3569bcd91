import { defineProperty } from '../core/primordials.guest.ts';

type Constructor = new (...args: unknown[]) => object;

/** V8's own, which no function ever reaches as it is. */
export interface IntrinsicWebAssembly {
  readonly Module: Constructor & { imports(module: object): { module: string; name: string; kind: string }[] };
  readonly Instance: Constructor;
  readonly Memory: Constructor;
  readonly CompileError: new (text: string) => Error;
  readonly validate: (bytes: Uint8Array) => boolean;
}

const GLOBAL_NAME = 'WebAssembly';
const intrinsic = (globalThis as unknown as Record<string, IntrinsicWebAssembly>)[GLOBAL_NAME]!;

/** Takes it away: V8 does not count its memory. The part `webAssembly` gives it back, bounded, to functions that ask. */
export function closeWebAssembly(): void {
  delete (globalThis as Record<string, unknown>)[GLOBAL_NAME];
}

export function intrinsicWebAssembly(): IntrinsicWebAssembly {
  return intrinsic;
}

export function giveWebAssembly(): void {
  defineProperty(globalThis, GLOBAL_NAME, { value: intrinsic, writable: true, configurable: true, enumerable: false });
}
