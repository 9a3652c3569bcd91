/**
 * Closes the making of code from strings: `eval` and the constructors of all four kinds of functions.
 *
 * V8's own switch does not reach the isolates of isolated-vm (measured), so the intrinsics become unreachable: no object
 * of the isolate refers to them afterwards. `instanceof Function` stays true for functions.
 */
import { defineProperty, getPrototypeOf, setPrototypeOf } from '../core/primordials.guest.ts';

const KINDS = [function () {}, async function () {}, function* () {}, async function* () {}];

export function closeCodeGeneration(): void {
  let Function: object | null = null;
  for (const kind of KINDS) {
    const prototype = getPrototypeOf(kind)!;
    const closed = closedConstructor(prototype.constructor.name, prototype);
    if (Function === null) Function = closed;
    else setPrototypeOf(closed, Function);
    defineProperty(prototype, 'constructor', { value: closed, writable: false, configurable: false });
  }
  defineProperty(globalThis, 'Function', { value: Function, writable: true, configurable: true });
  defineProperty(globalThis, 'eval', { value: closedEval(), writable: true, configurable: true });
}

function closedConstructor(name: string, prototype: object): object {
  const closed = function (): never {
    throw new EvalError(`${name}() is not available: a function cannot make code from strings`);
  };
  defineProperty(closed, 'name', { value: name, configurable: true });
  defineProperty(closed, 'length', { value: 1, configurable: true });
  defineProperty(closed, 'prototype', { value: prototype, writable: false });
  return closed;
}

function closedEval(): (text: unknown) => unknown {
  const closed = (text: unknown): unknown => {
    if (typeof text !== 'string') return text;
    throw new EvalError('eval() is not available: a function cannot make code from strings');
  };
  defineProperty(closed, 'name', { value: 'eval', configurable: true });
  return closed;
}
