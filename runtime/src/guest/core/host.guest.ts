/**
 * The operations of the host, as the rest of the guest calls them.
 *
 * Guarantees: the functions the host gave are held by this closure alone, and are called with nothing that user code
 * could have patched. An error of the host comes out as a fresh error of this isolate: the one that isolated-vm makes
 * carries the stack of the host, with its paths.
 */
import { type HostOperations, OPERATION_NAMES } from '../../bridge/contract.ts';
import { reflectApply } from './primordials.guest.ts';

export const host = {} as HostOperations;

type Operation = (...args: unknown[]) => unknown;

/** Takes the operations, in the order of OPERATION_NAMES. */
export function connectHost(operations: readonly Operation[]): void {
  for (let i = 0; i < OPERATION_NAMES.length; i++) {
    const name = OPERATION_NAMES[i]!;
    const operation = operations[i];
    if (typeof operation !== 'function') throw new TypeError(`the host did not give the operation ${name}`);
    (host as unknown as Record<string, Operation>)[name] = withoutHostStack(operation);
  }
  Object.freeze(host);
}

function withoutHostStack(operation: Operation): Operation {
  return (...args) => {
    try {
      return reflectApply(operation, undefined, args);
    } catch (error) {
      const { name, message } = error as Error;
      throw name === 'RangeError' ? new RangeError(message) : new TypeError(message);
    }
  };
}
