/** EventTarget of the DOM standard. Called on undefined or null, its methods mean the global object. */
import { defineInterface } from '../core/interface.guest.ts';
import { reflectApply } from '../core/primordials.guest.ts';
import { dictionary, domString, isObject, requireArguments } from '../core/webidl.guest.ts';
import type { AbortSignal } from './abort-signal.guest.ts';
import { DOMException } from './dom-exception.guest.ts';
import { type Dispatching, dispatchingOf, type Event, isEventObject, PHASES } from './event.guest.ts';

type Callback = object;

interface Listener {
  readonly type: string;
  readonly callback: Callback;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  isRemoved: boolean;
}

/** The listeners of one target. */
export interface Listeners {
  list: Listener[];
  /** Told when a listener of a type was added or removed. */
  onChange: ((type: string) => void) | null;
}

/** What the abort module gives to this one, which it is built on. */
interface AbortHooks {
  isAborted(signal: unknown): boolean;
  onAbort(signal: unknown, algorithm: () => void): void;
  require(value: unknown): AbortSignal;
}

/** Reports what a listener threw; set by the module that owns reporting, which is built on this one. */
let reportException: (error: unknown) => void;
let abortHooks: AbortHooks;
let listenersOf: (target: object) => Listeners;

export class EventTarget {
  readonly #listeners: Listeners = { list: [], onChange: null };

  static {
    listenersOf = (target) => (target === globalThis ? globalListeners : (target as EventTarget).#listeners);
  }

  addEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    requireArguments(arguments.length, 2, 'EventTarget.addEventListener');
    const target = this ?? globalThis;
    const listeners = listenersOf(target);
    const name = domString(type);
    const listener = callbackOrNull(callback, 'EventTarget.addEventListener');
    const { capture, once, passive, signal } = addOptions(options);
    if (signal !== undefined && abortHooks.isAborted(signal)) return;
    if (listener === null || find(listeners.list, name, listener, capture) !== -1) return;
    const added: Listener = { type: name, callback: listener, capture, once, passive, isRemoved: false };
    listeners.list = [...listeners.list, added];
    listeners.onChange?.(name);
    if (signal !== undefined) abortHooks.onAbort(signal, () => removeListener(listeners, added));
  }

  removeEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    requireArguments(arguments.length, 2, 'EventTarget.removeEventListener');
    const listeners = listenersOf(this ?? globalThis);
    const name = domString(type);
    const listener = callbackOrNull(callback, 'EventTarget.removeEventListener');
    const index = listener === null ? -1 : find(listeners.list, name, listener, captureOption(options));
    if (index !== -1) removeListener(listeners, listeners.list[index]!);
  }

  dispatchEvent(event: unknown): boolean {
    requireArguments(arguments.length, 1, 'EventTarget.dispatchEvent');
    const target = this ?? globalThis;
    const listeners = listenersOf(target);
    if (!isEventObject(event)) throw new TypeError('EventTarget.dispatchEvent: event is not an Event');
    const state = dispatchingOf(event);
    if (state.isDispatched || !state.isInitialized) {
      throw new DOMException('The event is already being dispatched', 'InvalidStateError');
    }
    state.isTrusted = false;
    return dispatch(target, listeners, event);
  }
}

defineInterface(EventTarget, 'EventTarget');

const globalListeners: Listeners = { list: [], onChange: null };

/** Dispatches an event of the platform. False when a listener has canceled it. */
export function dispatchTrusted(target: object, event: Event): boolean {
  dispatchingOf(event).isTrusted = true;
  return dispatch(target, listenersOf(target), event);
}

export function hasListener(target: object, type: string): boolean {
  const { list } = listenersOf(target);
  for (let i = 0; i < list.length; i++) if (list[i]!.type === type) return true;
  return false;
}

export function connectReporting(report: (error: unknown) => void): void {
  reportException = report;
}

export function connectAbort(hooks: AbortHooks): void {
  abortHooks = hooks;
}

function dispatch(target: object, listeners: Listeners, event: Event): boolean {
  const state = dispatchingOf(event);
  state.isDispatched = true;
  state.target = target;
  state.currentTarget = target;
  state.phase = PHASES.AT_TARGET;
  // The standard runs the listeners of a path twice: those that capture, then the others.
  invoke(listeners, event, state, true);
  invoke(listeners, event, state, false);
  state.phase = PHASES.NONE;
  state.currentTarget = null;
  state.isDispatched = false;
  state.isPropagationStopped = false;
  state.isImmediatePropagationStopped = false;
  return !state.isCanceled;
}

function invoke(listeners: Listeners, event: Event, state: Dispatching, capture: boolean): void {
  if (state.isPropagationStopped) return;
  const { list } = listeners;
  const { type } = event;
  for (let i = 0; i < list.length; i++) {
    const listener = list[i]!;
    if (listener.isRemoved || listener.type !== type || listener.capture !== capture) continue;
    if (listener.once) removeListener(listeners, listener);
    state.isInPassiveListener = listener.passive;
    callListener(listener.callback, event);
    state.isInPassiveListener = false;
    if (state.isImmediatePropagationStopped) return;
  }
}

function callListener(callback: Callback, event: Event): void {
  try {
    if (typeof callback === 'function') {
      reflectApply(callback as never, event.currentTarget, [event]);
      return;
    }
    const { handleEvent } = callback as { handleEvent?: unknown };
    if (typeof handleEvent !== 'function') throw new TypeError('handleEvent of an event listener is not a function');
    reflectApply(handleEvent as never, callback, [event]);
  } catch (error) {
    reportException(error);
  }
}

function removeListener(listeners: Listeners, listener: Listener): void {
  if (listener.isRemoved) return;
  listener.isRemoved = true;
  listeners.list = listeners.list.filter((other) => other !== listener);
  listeners.onChange?.(listener.type);
}

function find(list: readonly Listener[], type: string, callback: Callback, capture: boolean): number {
  return list.findIndex((one) => one.type === type && one.callback === callback && one.capture === capture);
}

function callbackOrNull(callback: unknown, what: string): Callback | null {
  if (callback === null || callback === undefined) return null;
  if (!isObject(callback)) throw new TypeError(`${what}: the listener is not an object`);
  return callback;
}

function captureOption(options: unknown): boolean {
  return isObject(options) ? Boolean(dictionary(options, 'options')['capture']) : Boolean(options);
}

function addOptions(options: unknown): { capture: boolean; once: boolean; passive: boolean; signal?: AbortSignal } {
  if (!isObject(options)) return { capture: Boolean(options), once: false, passive: false };
  const given = dictionary(options, 'options');
  const flags = {
    capture: Boolean(given['capture']),
    once: Boolean(given['once']),
    passive: Boolean(given['passive']),
  };
  const { signal } = given;
  return signal === undefined ? flags : { ...flags, signal: abortHooks.require(signal) };
}

export { listenersOf };
