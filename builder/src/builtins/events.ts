/**
 * `node:events`: the package of the same name, completed by what came to Node after it. Not here: captured rejections,
 * `EventEmitterAsyncResource`.
 */
import EventEmitter from 'events/';

const errorMonitor: unique symbol = Symbol('events.errorMonitor');
const captureRejectionSymbol = Symbol.for('nodejs.rejection');
const { defaultMaxListeners } = EventEmitter;

type Listener = (...args: unknown[]) => void;
type EventName = string | symbol;
type Emitter = InstanceType<typeof EventEmitter>;
interface SignalOptions {
  readonly signal?: AbortSignal;
}

const { emit } = EventEmitter.prototype as { emit: (this: Emitter, name: EventName, ...args: unknown[]) => boolean };
EventEmitter.prototype.emit = function (this: Emitter, name: EventName, ...args: unknown[]): boolean {
  if (name === 'error' && this.listenerCount(errorMonitor) > 0) Reflect.apply(emit, this, [errorMonitor, ...args]);
  return Reflect.apply(emit, this, [name, ...args]);
} as typeof EventEmitter.prototype.emit;

const isEmitter = (target: Emitter | EventTarget): target is Emitter => typeof (target as Emitter).on === 'function';

/** Adds a listener to either kind of source, and returns what removes it. */
function listen(target: Emitter | EventTarget, name: EventName, listener: Listener): () => void {
  if (isEmitter(target)) {
    target.on(name, listener);
    return () => void target.removeListener(name, listener);
  }
  target.addEventListener(String(name), listener);
  return () => target.removeEventListener(String(name), listener);
}

const abortError = (signal: AbortSignal): Error =>
  Object.assign(new Error('The operation was aborted', { cause: signal.reason }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });

/** Resolves with the arguments of the next event `name`; rejects with an `error` event or when the signal aborts. */
function once(target: Emitter | EventTarget, name: EventName, options: SignalOptions = {}): Promise<unknown[]> {
  const { signal } = options;
  if (signal?.aborted === true) return Promise.reject(abortError(signal));
  const { promise, resolve, reject } = Promise.withResolvers<unknown[]>();
  const removers = [listen(target, name, (...args) => settle(() => resolve(args)))];
  const settle = (end: () => void): void => {
    for (const remove of removers) remove();
    end();
  };
  if (isEmitter(target) && name !== 'error') {
    removers.push(listen(target, 'error', (error) => settle(() => reject(error))));
  }
  if (signal !== undefined) removers.push(listen(signal, 'abort', () => settle(() => reject(abortError(signal)))));
  return promise;
}

/** The events `name` from now on, until the loop over them ends, an `error` event comes or the signal aborts. */
async function* on(
  target: Emitter | EventTarget,
  name: EventName,
  options: SignalOptions = {},
): AsyncGenerator<unknown[]> {
  const { signal } = options;
  const events: unknown[][] = [];
  let failure: { readonly error: unknown } | null = signal?.aborted === true ? { error: abortError(signal) } : null;
  let wake = (): void => undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    wake();
  };
  const removers = [
    listen(target, name, (...args) => {
      events.push(args);
      wake();
    }),
  ];
  if (isEmitter(target) && name !== 'error') removers.push(listen(target, 'error', fail));
  if (signal !== undefined) removers.push(listen(signal, 'abort', () => fail(abortError(signal))));
  try {
    while (true) {
      const event = events.shift();
      if (event !== undefined) yield event;
      else if (failure !== null) throw (failure as { readonly error: Error }).error;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    for (const remove of removers) remove();
  }
}

/** For emitters only: an EventTarget does not tell its listeners. */
function getEventListeners(emitter: Emitter, name: EventName): unknown[] {
  return emitter.listeners(name);
}

function listenerCount(emitter: Emitter, name: EventName): number {
  return emitter.listenerCount(name);
}

function setMaxListeners(count: number, ...targets: (Emitter | EventTarget)[]): void {
  if (targets.length === 0) EventEmitter.defaultMaxListeners = count;
  // An EventTarget here has no limit that warns.
  for (const target of targets.filter(isEmitter)) target.setMaxListeners(count);
}

function addAbortListener(signal: AbortSignal, listener: (event: Event) => void): Disposable {
  if (signal.aborted) queueMicrotask(() => listener(new Event('abort')));
  else signal.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) };
}

Object.assign(EventEmitter, {
  addAbortListener,
  captureRejectionSymbol,
  errorMonitor,
  EventEmitter,
  getEventListeners,
  listenerCount,
  on,
  once,
  setMaxListeners,
});

export {
  addAbortListener,
  captureRejectionSymbol,
  EventEmitter as default,
  defaultMaxListeners,
  errorMonitor,
  EventEmitter,
  getEventListeners,
  listenerCount,
  on,
  once,
  setMaxListeners,
};
