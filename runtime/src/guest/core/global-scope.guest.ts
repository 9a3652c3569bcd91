/** The global object as an EventTarget, with the event handlers that HTML gives a global. */
import { getPrototypeOf, setPrototypeOf } from './primordials.guest.ts';
import { defineEventHandler } from '../events/event-handler.guest.ts';
import { EventTarget } from '../events/event-target.guest.ts';
import { callErrorHandler } from '../events/report.guest.ts';

export function makeGlobalEventTarget(): void {
  const scope = Object.create(EventTarget.prototype) as object;
  setPrototypeOf(globalThis, scope);
  if (getPrototypeOf(globalThis) !== scope) throw new TypeError('the global object cannot become an EventTarget');
  defineEventHandler(globalThis, 'error', callErrorHandler);
  defineEventHandler(globalThis, 'unhandledrejection');
  defineEventHandler(globalThis, 'rejectionhandled');
}
