/**
 * What becomes of errors that nobody handled: an event at the global object, and unless that is canceled a line in the
 * function's log. Nothing here throws.
 */
import { currentCall } from '../core/clock.guest.ts';
import { errorText } from '../core/error-text.guest.ts';
import { host } from '../core/host.guest.ts';
import { reflectApply } from '../core/primordials.guest.ts';
import type { Event } from './event.guest.ts';
import { connectReporting, dispatchTrusted, hasListener } from './event-target.guest.ts';
import { ErrorEvent, PromiseRejectionEvent } from './kinds.guest.ts';

let isReporting = false;

/** Reports an exception of a callback: a listener, a timer, a microtask. */
export function reportException(error: unknown): void {
  const { name, message, stack } = errorText(error);
  const init = { error, message: `Uncaught ${name}: ${message}`, cancelable: true };
  if (isCanceled('error', () => new ErrorEvent('error', init))) return;
  host.reportError(currentCall(), name, message, stack);
}

/** Reports a rejection that nobody will handle. */
export function reportRejection(promise: Promise<unknown>, reason: unknown): void {
  const init = { promise, reason, cancelable: true };
  if (isCanceled('unhandledrejection', () => new PromiseRejectionEvent('unhandledrejection', init))) return;
  const { name, message, stack } = errorText(reason);
  host.reportError(currentCall(), name, message, stack);
}

connectReporting(reportException);

/** Dispatches the event if anybody listens. What a listener throws meanwhile is reported without another event. */
function isCanceled(type: string, makeEvent: () => Event): boolean {
  if (isReporting || !hasListener(globalThis, type)) return false;
  isReporting = true;
  try {
    return !dispatchTrusted(globalThis, makeEvent());
  } finally {
    isReporting = false;
  }
}

/** The global `onerror` gets the parts of the event, and cancels by returning true. */
export function callErrorHandler(handler: object, event: Event): void {
  if (typeof handler !== 'function' || !(event instanceof ErrorEvent)) return;
  const { message, filename, lineno, colno, error } = event;
  if (reflectApply(handler as never, globalThis, [message, filename, lineno, colno, error]) === true) {
    event.preventDefault();
  }
}
