import { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } from './primordials.guest.ts';

type AnyClass = abstract new (...args: never[]) => object;

const interfacePrototypes = new Set<object>();

/**
 * Gives a class the shape of a WebIDL interface: its name (the bundler may have renamed it), enumerable members and a
 * `Symbol.toStringTag`.
 */
export function defineInterface(Class: AnyClass, name: string): void {
  const { prototype } = Class as { readonly prototype: object };
  defineProperty(Class, 'name', { value: name, configurable: true });
  makeEnumerable(prototype);
  makeEnumerable(Class);
  defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  interfacePrototypes.add(prototype);
}

/** Is it an object of the platform, by its prototypes? */
export function isPlatformObject(value: object): boolean {
  for (let one = getPrototypeOf(value); one !== null; one = getPrototypeOf(one)) {
    if (interfacePrototypes.has(one)) return true;
  }
  return false;
}

/** Constants of an interface: on the interface and on its prototype, read-only. */
export function defineConstants(Class: AnyClass, constants: Readonly<Record<string, number>>): void {
  const { prototype } = Class as { readonly prototype: object };
  for (const name of ownKeys(constants)) {
    const descriptor = { value: constants[name as string], enumerable: true, writable: false, configurable: false };
    defineProperty(Class, name, descriptor);
    defineProperty(prototype, name, descriptor);
  }
}

/** Members of a class that are no part of its interface's own list (of symbols and of `length`, `name`, `prototype`). */
function makeEnumerable(target: object): void {
  for (const key of ownKeys(target)) {
    if (typeof key === 'symbol' || key === 'constructor') continue;
    const descriptor = getOwnPropertyDescriptor(target, key)!;
    if (!descriptor.configurable || !isMember(descriptor)) continue;
    defineProperty(target, key, { enumerable: true });
  }
}

function isMember(descriptor: PropertyDescriptor): boolean {
  return descriptor.get !== undefined || typeof descriptor.value === 'function';
}

/** For constructors that user code may not call. `key` is the secret that the prelude passes. */
export const INTERNAL = Symbol('internal');

export function requireInternal(key: unknown, name: string): void {
  if (key !== INTERNAL) throw new TypeError(`${name} cannot be constructed`);
}
