import { promiseResolve, promiseThen } from '../core/primordials.guest.ts';
import { requireArguments } from '../core/webidl.guest.ts';
import { reportException } from '../events/report.guest.ts';

const settled = promiseResolve(undefined);

export function queueMicrotask(callback: unknown): void {
  requireArguments(arguments.length, 1, 'queueMicrotask');
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask: callback is not a function');
  void promiseThen(settled, () => {
    try {
      (callback as () => unknown)();
    } catch (error) {
      reportException(error);
    }
  });
}
