/** Operations of the host that answer later: each has a number, and is settled by the entry `deliver` or `deliverError`. */
import { promiseWithResolvers } from './primordials.guest.ts';

export type Delivered = ArrayBuffer | string | number | boolean | undefined;

interface Pending {
  readonly call: number;
  readonly resolve: (value: Delivered) => void;
  readonly reject: (reason: unknown) => void;
}

const pending = new Map<number, Pending>();
let lastNumber = 0;

/** Starts an operation: `ask` tells the host its number. */
export function startOperation(call: number, ask: (operation: number) => void): Promise<Delivered> {
  const operation = reserveOperation();
  const promise = awaitOperation(call, operation);
  try {
    ask(operation);
  } catch (error) {
    pending.get(operation)?.reject(error);
    pending.delete(operation);
  }
  return promise;
}

/** A number for an operation that may be answered at once; `awaitOperation` must follow when it is not. */
export function reserveOperation(): number {
  return ++lastNumber;
}

export function awaitOperation(call: number, operation: number): Promise<Delivered> {
  const { promise, resolve, reject } = promiseWithResolvers<Delivered>();
  pending.set(operation, { call, resolve, reject });
  return promise;
}

export function settleOperation(call: number, operation: number, value: Delivered): void {
  take(call, operation)?.resolve(value);
}

export function failOperation(call: number, operation: number, reason: unknown): void {
  take(call, operation)?.reject(reason);
}

/** The call is over: what it still waits for will not come. */
export function dropOperationsOf(call: number, reason: () => unknown): void {
  if (pending.size === 0) return;
  for (const [operation, one] of pending) {
    if (one.call !== call) continue;
    pending.delete(operation);
    one.reject(reason());
  }
}

/** An answer to another call's operation counts as none: the host numbers calls, and must not mix them. */
function take(call: number, operation: number): Pending | null {
  const one = pending.get(operation);
  if (one === undefined || one.call !== call) return null;
  pending.delete(operation);
  return one;
}
