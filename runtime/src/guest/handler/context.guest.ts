import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';
import { objectFreeze, promiseResolve, promiseThen } from '../core/primordials.guest.ts';
import { requireArguments } from '../core/webidl.guest.ts';
import { reportRejection } from '../events/report.guest.ts';
import type { CallState } from './call-state.guest.ts';

const NO_PROPS = objectFreeze({});

/** The third argument of a handler. */
export class ExecutionContext {
  readonly #call: CallState;

  constructor(key: unknown, call: unknown) {
    requireInternal(key, 'ExecutionContext');
    this.#call = call as CallState;
  }

  /** Keeps the call alive until `promise` settles. A rejection is reported, and changes nothing of the response. */
  waitUntil(promise: unknown): void {
    requireArguments(arguments.length, 1, 'ctx.waitUntil');
    const call = this.#call;
    call.startBackgroundWork();
    const work = promiseResolve(promise);
    const end = (): void => call.endBackgroundWork();
    void promiseThen(work, end, (reason) => {
      if (!call.isOver) reportRejection(work, reason);
      end();
    });
  }

  /** There is no origin server behind a function that could answer instead. */
  passThroughOnException(): void {
    void this.#call;
  }

  get props(): object {
    void this.#call;
    return NO_PROPS;
  }
}

defineInterface(ExecutionContext, 'ExecutionContext');

export function makeContext(call: CallState): ExecutionContext {
  return new ExecutionContext(INTERNAL, call);
}
