import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { sampling, type Samples } from '../src/samples.ts';

const store = new AsyncLocalStorage<number>();
const later = async (value: number): Promise<number> => {
  await Promise.resolve();
  await wait(1);
  return value * 100 + (store.getStore() ?? -1);
};

export const samples: Samples = {
  'the store follows await, timers and microtasks': () =>
    store.run(1, async () => {
      const seen: unknown[] = [store.getStore()];
      await Promise.resolve();
      seen.push(store.getStore());
      await new Promise<void>((resolve) => setTimeout(() => (seen.push(store.getStore()), resolve()), 1));
      await new Promise<void>((resolve) => queueMicrotask(() => (seen.push(store.getStore()), resolve())));
      for await (const value of (async function* () {
        yield store.getStore();
        await wait(1);
        yield store.getStore();
      })())
        seen.push(value);
      return seen;
    }),
  'runs side by side keep their own': () => Promise.all([1, 2, 3].map((value) => store.run(value, () => later(value)))),
  'the store ends with the run': async () => {
    await store.run(1, () => later(1));
    return store.getStore() ?? 'none';
  },
  'nesting and exit': () =>
    store.run(1, async () => {
      const inner = await store.run(2, async () => (await Promise.resolve(), store.getStore()));
      const outside = await store.exit(async () => (await Promise.resolve(), store.getStore() ?? 'none'));
      return [inner, outside, store.getStore()];
    }),
  enterWith: () =>
    store.run(0, async () => {
      store.enterWith(7);
      await wait(1);
      return store.getStore();
    }),
  'errors keep the store': () =>
    store.run(5, async () => {
      try {
        await Promise.reject(new Error('x'));
      } catch {
        await Promise.resolve();
      } finally {
        await wait(1);
      }
      return store.getStore();
    }),
  'bind, snapshot and AsyncResource': () => {
    const bound = store.run(1, () => AsyncResource.bind(() => store.getStore()));
    const snapshot = store.run(2, () => AsyncLocalStorage.snapshot());
    const resource = store.run(3, () => new AsyncResource('X'));
    return [
      bound(),
      snapshot(() => store.getStore()),
      resource.runInAsyncScope(() => store.getStore()),
      store.getStore() ?? 'none',
    ];
  },
  'async methods, arrows and generators are what they were': async () => {
    class Service {
      async double(value: number): Promise<number> {
        return (await Promise.resolve(value)) * 2;
      }
    }
    const thrown = await (async () => {
      throw new RangeError('x');
    })().catch((error: Error) => error.name);
    return [await new Service().double(2), thrown, await (async (...args: number[]) => args.length)(1, 2)];
  },
};

const handler = sampling(samples);
export { handler as default };
