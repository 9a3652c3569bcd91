/** Event handler attributes of HTML (`onabort`, `onmessage`, …): one listener whose callback can be exchanged. */
import { defineProperty, reflectApply } from '../core/primordials.guest.ts';
import { isObject } from '../core/webidl.guest.ts';
import type { Event } from './event.guest.ts';
import { EventTarget, listenersOf } from './event-target.guest.ts';

interface Handler {
  value: object | null;
  readonly listener: (event: Event) => void;
}

type Call = (handler: object, event: Event) => void;

const handlersOf = new WeakMap<object, Map<string, Handler>>();
const { addEventListener, removeEventListener } = EventTarget.prototype;

/** Adds the attribute `on<type>` to an interface's prototype, or to the global object. */
export function defineEventHandler(prototype: object, type: string, call: Call = callHandler): void {
  const accessors = {
    get(): object | null {
      const target = (this as object | undefined) ?? globalThis;
      listenersOf(target);
      return handlersOf.get(target)?.get(type)?.value ?? null;
    },
    set(value: unknown): void {
      const target = (this as object | undefined) ?? globalThis;
      listenersOf(target);
      setHandler(target, type, isObject(value) ? value : null, call);
    },
  };
  defineProperty(accessors.get, 'name', { value: `get on${type}` });
  defineProperty(accessors.set, 'name', { value: `set on${type}` });
  defineProperty(prototype, `on${type}`, { ...accessors, enumerable: true, configurable: true });
}

function setHandler(target: object, type: string, value: object | null, call: Call): void {
  let handlers = handlersOf.get(target);
  if (handlers === undefined) handlersOf.set(target, (handlers = new Map<string, Handler>()));
  const known = handlers.get(type);
  if (known !== undefined) {
    known.value = value;
    if (value !== null) return;
    handlers.delete(type);
    reflectApply(removeEventListener, target, [type, known.listener]);
  } else if (value !== null) {
    const handler: Handler = {
      value,
      listener: (event) => {
        if (handler.value !== null) call(handler.value, event);
      },
    };
    handlers.set(type, handler);
    reflectApply(addEventListener, target, [type, handler.listener]);
  }
}

function callHandler(handler: object, event: Event): void {
  if (typeof handler !== 'function') return;
  if (reflectApply(handler as never, event.currentTarget, [event]) === false) event.preventDefault();
}
