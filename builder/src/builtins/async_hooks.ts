/**
 * `node:async_hooks`: AsyncLocalStorage and AsyncResource. Not here: `createHook` and ids, which V8 keeps to Node.
 *
 * The store follows promises, microtasks and timers. It can, because in a bundle that imports this module the build turns
 * async functions into generators on promises: the `await` of V8 itself tells nobody where it continues. It does not
 * follow callbacks that the platform calls on its own, such as those of event listeners and stream sources, and not what
 * one call leaves for another to resolve; `AsyncResource.bind` does.
 */
type Frame = ReadonlyMap<object, unknown>;
type Callback = (this: unknown, ...args: never[]) => unknown;

const NOTHING: Frame = new Map();
let current = NOTHING;
/** Callbacks of ours under way, one within the other. At 0, nothing restores what `enterWith` sets. */
let depth = 0;

function runIn<Result>(frame: Frame, callback: () => Result): Result {
  const before = current;
  current = frame;
  depth++;
  try {
    return callback();
  } finally {
    depth--;
    current = before;
  }
}

/** The callback in the frame of now. */
function bound<T>(callback: T): T {
  if (typeof callback !== 'function') return callback;
  const frame = current;
  const call = callback as unknown as Callback;
  return function (this: unknown, ...args: never[]) {
    return runIn(frame, () => Reflect.apply(call, this, args));
  } as T;
}

const { then } = Promise.prototype;
/** Named and counted as V8's, since packages look at both. */
Promise.prototype.then = {
  then(this: Promise<unknown>, onFulfilled: unknown, onRejected: unknown): unknown {
    return Reflect.apply(then, this, [bound(onFulfilled), bound(onRejected)]);
  },
}.then as typeof then;

for (const name of ['queueMicrotask', 'setTimeout', 'setInterval'] as const) {
  const schedule = globalThis[name] as (...args: unknown[]) => unknown;
  const scheduleBound = (callback: unknown, ...args: unknown[]): unknown => schedule(bound(callback), ...args);
  Object.defineProperty(globalThis, name, {
    value: Object.defineProperty(scheduleBound, 'name', { value: name }),
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** Values that follow the course of the code that runs, across promises. */
class AsyncLocalStorage<T> {
  readonly name: string;
  readonly #defaultValue: T | undefined;

  constructor(options: { defaultValue?: T; name?: string } = {}) {
    this.#defaultValue = options.defaultValue;
    this.name = options.name ?? '';
  }

  static bind<Bound extends Callback>(callback: Bound): Bound {
    return bound(callback);
  }

  static snapshot(): <Args extends unknown[], Result>(callback: (...args: Args) => Result, ...args: Args) => Result {
    const frame = current;
    return (callback, ...args) => runIn(frame, () => callback(...args));
  }

  getStore(): T | undefined {
    return current.has(this) ? (current.get(this) as T | undefined) : this.#defaultValue;
  }

  run<Args extends unknown[], Result>(store: T, callback: (...args: Args) => Result, ...args: Args): Result {
    return runIn(new Map(current).set(this, store), () => callback(...args));
  }

  exit<Args extends unknown[], Result>(callback: (...args: Args) => Result, ...args: Args): Result {
    return runIn(this.#without(), () => callback(...args));
  }

  enterWith(store: T): void {
    current = new Map(current).set(this, store);
    // What runs next without a frame of its own is another call.
    if (depth === 0) void Reflect.apply(then, Promise.resolve(), [() => void (current = NOTHING)]);
  }

  disable(): void {
    current = this.#without();
  }

  #without(): Frame {
    const frame = new Map(current);
    frame.delete(this);
    return frame;
  }
}

/** Ties callbacks to where the resource was made. */
class AsyncResource {
  readonly #frame = current;
  readonly type: string;

  constructor(type: string) {
    this.type = type;
  }

  static bind<Bound extends Callback>(callback: Bound): Bound {
    return bound(callback);
  }

  runInAsyncScope<This, Args extends unknown[], Result>(
    callback: (this: This, ...args: Args) => Result,
    thisArgument?: This,
    ...args: Args
  ): Result {
    return runIn(this.#frame, () => Reflect.apply(callback, thisArgument as This, args));
  }

  bind<Bound extends Callback>(callback: Bound): Bound {
    const run = (self: unknown, args: never[]): unknown => this.runInAsyncScope(callback, self, ...args);
    return function (this: unknown, ...args: never[]) {
      return run(this, args);
    } as Bound;
  }

  emitDestroy(): this {
    return this;
  }
}

export { AsyncLocalStorage, AsyncResource };
