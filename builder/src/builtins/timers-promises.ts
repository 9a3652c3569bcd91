/** `node:timers/promises`: waits that a signal can end. */
interface Options {
  readonly signal?: AbortSignal;
}

function setTimeout<T = void>(delay?: number, value?: T, { signal }: Options = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(signal));
    const timer = globalThis.setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value as T);
    }, delay);
    const abort = (): void => {
      globalThis.clearTimeout(timer);
      reject(abortError(signal!));
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function setImmediate<T = void>(value?: T, options: Options = {}): Promise<T> {
  return setTimeout(0, value, options);
}

async function* setInterval<T = void>(delay?: number, value?: T, options: Options = {}): AsyncGenerator<T> {
  while (true) yield await setTimeout(delay, value as T, options);
}

const abortError = (signal: AbortSignal): Error =>
  Object.assign(new Error('The operation was aborted', { cause: signal.reason }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });

const scheduler = {
  wait: (delay: number, options?: Options): Promise<void> => setTimeout(delay, undefined, options),
  yield: (): Promise<void> => setImmediate(),
};

export { scheduler, setImmediate, setInterval, setTimeout };
