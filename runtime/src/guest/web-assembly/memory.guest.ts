import { reflectConstruct } from '../core/primordials.guest.ts';
import { isObject } from '../core/webidl.guest.ts';
import { intrinsicWebAssembly } from '../harden/web-assembly.guest.ts';
import { takeMemory } from './budget.guest.ts';

const { Memory: IntrinsicMemory } = intrinsicWebAssembly();
const NO_MAXIMUM = 2 ** 32 - 1;
const { trunc } = Math;
const toNumber = Number;

type Target = new (...args: never[]) => object;

/** A memory within the budget: it can grow to `maximum` pages, or to what there is room for. */
export function makeMemory(initial: number, maximum: number, target: Target = IntrinsicMemory): object {
  const make = (most: number): object =>
    reflectConstruct<unknown[], object>(IntrinsicMemory, [{ __proto__: null, initial, maximum: most }], target);
  // V8 says what is wrong with it.
  return maximum < initial ? make(maximum) : takeMemory(initial, maximum, make);
}

/** `new WebAssembly.Memory(descriptor)`. Each member is read once. */
export function makeDescribedMemory(descriptor: unknown, target: Target): object {
  if (!isObject(descriptor)) throw new TypeError('WebAssembly.Memory(): Argument 0 must be a memory descriptor');
  const { address, initial, maximum, shared } = descriptor as Record<string, unknown>;
  if (address !== undefined && address !== 'i32') throw new TypeError('WebAssembly.Memory(): 64-bit memory is closed');
  if (Boolean(shared)) throw new TypeError('WebAssembly.Memory(): shared memory is closed');
  const most = maximum === undefined ? NO_MAXIMUM : pages(maximum, 'maximum');
  return makeMemory(pages(initial, 'initial'), most, target);
}

/** [EnforceRange] unsigned long. */
function pages(value: unknown, name: string): number {
  const number = trunc(toNumber(value));
  if (number >= 0 && number <= NO_MAXIMUM) return number;
  throw new TypeError(`WebAssembly.Memory(): Property '${name}' must be a number from 0 to 65536`);
}
