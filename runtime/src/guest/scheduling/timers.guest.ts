/** Timers: the host keeps the time, this keeps what to do. */
import { currentCall } from '../core/clock.guest.ts';
import { host } from '../core/host.guest.ts';
import { reflectApply } from '../core/primordials.guest.ts';
import { domString, long, requireArguments } from '../core/webidl.guest.ts';
import { reportException } from '../events/report.guest.ts';

interface Timer {
  readonly call: number;
  readonly isRepeating: boolean;
  readonly run: () => void;
}

const timers = new Map<number, Timer>();
let lastNumber = 0;

const LONGEST_DELAY = 2 ** 31 - 1;

/** `handler` as text would be code from a string, which is closed. */
export function setTimeout(handler: unknown, timeout: unknown = 0, ...args: unknown[]): number {
  requireArguments(arguments.length, 1, 'setTimeout');
  return setHandler('setTimeout', handler, timeout, args, false);
}

export function setInterval(handler: unknown, timeout: unknown = 0, ...args: unknown[]): number {
  requireArguments(arguments.length, 1, 'setInterval');
  return setHandler('setInterval', handler, timeout, args, true);
}

export function clearTimeout(id: unknown = 0): void {
  stopTimer(long(id));
}

export function clearInterval(id: unknown = 0): void {
  stopTimer(long(id));
}

/** A timer of the prelude's own: `delay` in milliseconds, cut to what a timer can wait. */
export function startTimer(delay: number, run: () => void, isRepeating = false): number {
  const number = lastNumber + 1;
  host.setTimer(currentCall(), number, Math.min(Math.max(delay, 0), LONGEST_DELAY), isRepeating);
  lastNumber = number;
  timers.set(number, { call: currentCall(), isRepeating, run });
  return number;
}

export function stopTimer(number: number): void {
  if (timers.delete(number)) host.clearTimer(number);
}

/** The host says that a timer is due. One that was stopped meanwhile is nothing. */
export function fireTimer(number: number): void {
  const timer = timers.get(number);
  if (timer === undefined) return;
  if (!timer.isRepeating) timers.delete(number);
  try {
    timer.run();
  } catch (error) {
    reportException(error);
  }
}

/** A call is over: its host has dropped its timers. */
export function forgetTimersOf(call: number): void {
  if (timers.size === 0) return;
  for (const [number, timer] of timers) if (timer.call === call) timers.delete(number);
}

function setHandler(name: string, handler: unknown, timeout: unknown, args: unknown[], isRepeating: boolean): number {
  if (typeof handler !== 'function') {
    domString(handler);
    throw new EvalError(`${name}: the handler is not a function, and a function cannot make code from strings`);
  }
  const delay = Math.max(long(timeout), 0);
  return startTimer(delay, () => void reflectApply(handler as never, globalThis, args), isRepeating);
}
