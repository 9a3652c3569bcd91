import { promiseReject } from '../core/primordials.guest.ts';
import { requireArguments } from '../core/webidl.guest.ts';
import { isAborted, reasonOf } from '../events/abort-signal.guest.ts';
import { Request } from './request.guest.ts';

/** Checks its arguments as the Fetch Standard asks, and then refuses: functions have no way out yet. */
export function fetch(input: unknown, init: unknown = undefined): Promise<never> {
  try {
    requireArguments(arguments.length, 1, 'fetch');
    const { url, signal } = new Request(input, init);
    if (isAborted(signal)) return promiseReject(reasonOf(signal));
    return promiseReject(new TypeError(`fetch failed: ${url} cannot be reached, because egress is not available yet`));
  } catch (error) {
    return promiseReject(error);
  }
}
