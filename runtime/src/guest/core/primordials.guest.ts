/**
 * Intrinsics captured before the function's code runs. The prelude calls these wherever it must not depend on what the
 * function has patched: in the entries, in the hardening, and where a patched method would be handed something inner.
 */

export const reflectApply = Reflect.apply;
export const reflectConstruct = Reflect.construct;
export const ownKeys = Reflect.ownKeys;
export const getPrototypeOf = Reflect.getPrototypeOf;
export const setPrototypeOf = Object.setPrototypeOf;
export const defineProperty = Object.defineProperty;
export const getOwnPropertyDescriptor = Object.getOwnPropertyDescriptor;
export const objectFreeze = Object.freeze;
export const objectCreate = Object.create;
export const parseJson = JSON.parse;
export const stringifyJson = JSON.stringify;
export const fromCharCode = String.fromCharCode;
export const isArrayBufferView = ArrayBuffer.isView.bind(ArrayBuffer);
export const isError = Error.isError;

type Method<Self, Args extends unknown[], Result> = (this: Self, ...args: Args) => Result;

/** Makes a function of a method: its `this` becomes the first argument. */
export const uncurryThis: <Self, Args extends unknown[], Result>(
  method: Method<Self, Args, Result>,
) => (self: Self, ...args: Args) => Result = Function.prototype.bind.bind(Function.prototype.call) as never;

/** Reads a getter of a prototype as a function of the object. */
export function uncurryGetter<Self, Result>(prototype: Self, name: PropertyKey): (self: unknown) => Result {
  return uncurryThis(getOwnPropertyDescriptor(prototype, name)!.get as (this: unknown) => Result);
}

export const charCodeAt = uncurryThis(String.prototype.charCodeAt);
export const indexOf = uncurryThis(String.prototype.indexOf);
export const sliceString = uncurryThis(String.prototype.slice);

const { Promise: PromiseConstructor } = globalThis;
const then = uncurryThis(PromiseConstructor.prototype.then) as (
  promise: Promise<unknown>,
  onFulfilled: ((value: never) => unknown) | undefined,
  onRejected?: (reason: unknown) => unknown,
) => Promise<unknown>;
const resolve = PromiseConstructor.resolve.bind(PromiseConstructor);
const reject = PromiseConstructor.reject.bind(PromiseConstructor);

/** `promise.then` as it was before the function's code. `promise` must be a native promise. */
export function promiseThen<T>(
  promise: Promise<T>,
  onFulfilled: ((value: T) => unknown) | undefined,
  onRejected?: (reason: unknown) => unknown,
): Promise<unknown> {
  return then(promise, onFulfilled, onRejected);
}

export const promiseResolve: <T>(value: T) => Promise<Awaited<T>> = resolve;
export const promiseReject: (reason: unknown) => Promise<never> = reject;
export const promiseWithResolvers: <T>() => PromiseWithResolvers<T> =
  PromiseConstructor.withResolvers.bind(PromiseConstructor);

/** Marks a promise as handled: its rejection is somebody else's to report. */
export function markHandled(promise: Promise<unknown>): void {
  void then(promise, undefined, ignore);
}

function ignore(): void {}
