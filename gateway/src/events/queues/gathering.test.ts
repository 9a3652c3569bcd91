import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Gathering } from './gathering.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Item {
  readonly name: string;
  readonly bytes: number;
}

/** A gathering whose batches are taken as soon as they are ready, unless `isBusy`. */
function gather(batchSize: number, batchWaitMs: number, { isBusy = false, mostBytes = Infinity } = {}) {
  const batches: string[] = [];
  const state = { ready: 0 };
  const gathering: Gathering<Item> = new Gathering({
    sizes: () => ({ batchSize, batchWaitMs }),
    onReady: () => {
      state.ready++;
      if (!isBusy) queueMicrotask(take);
    },
  });
  const take = (): void => {
    batches.push(
      gathering
        .take(mostBytes)
        .map(({ name }) => name)
        .join(''),
    );
  };
  const add = (names: string, bytes = 1): void => {
    for (const name of names) gathering.add({ name, bytes });
  };
  return { gathering, batches, state, add, take };
}

const passes = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

test('a batch begins as soon as it is full', async () => {
  const { batches, add } = gather(3, 60_000);
  add('abcdefg');
  await passes(0);
  expect(batches).toEqual(['abc', 'def']);
});

test('a batch that is not full begins when its first message has waited', async () => {
  const { batches, add } = gather(3, 1_000);
  add('a');
  await passes(999);
  add('b');
  expect(batches).toEqual([]);
  await passes(1);
  expect(batches).toEqual(['ab']);
  add('c');
  await passes(999);
  expect(batches).toEqual(['ab']);
  await passes(1);
  expect(batches).toEqual(['ab', 'c']);
});

test('what is left of a full batch waits from when it came', async () => {
  const { batches, add } = gather(2, 1_000);
  add('a');
  await passes(500);
  add('bc');
  await passes(999);
  expect(batches).toEqual(['ab']);
  await passes(1);
  expect(batches).toEqual(['ab', 'c']);
});

test('what comes while a batch waits for its turn is in it', async () => {
  const { batches, state, add, take } = gather(3, 1_000, { isBusy: true });
  add('a');
  await passes(1_000);
  expect(state.ready).toBe(1);
  add('b');
  await passes(1_000);
  expect(state.ready).toBe(1);
  take();
  expect(batches).toEqual(['ab']);
});

test('a batch has no more bytes than it may, but always a message; the rest follows at once', async () => {
  const { batches, add } = gather(10, 1_000, { mostBytes: 100 });
  add('a', 60);
  add('b', 40);
  add('c', 1);
  add('d', 500);
  add('e', 1);
  await passes(1_010);
  expect(batches).toEqual(['ab', 'c', 'd', 'e']);
});

test('messages that are taken back begin no batch', async () => {
  const { gathering, batches, add } = gather(2, 1_000);
  add('a');
  expect(gathering.clear().map(({ name }) => name)).toEqual(['a']);
  await passes(60_000);
  expect(batches).toEqual([]);
});

test('a wait of nothing begins a batch with what came together', async () => {
  const { batches, add } = gather(10, 0);
  add('abc');
  await passes(0);
  expect(batches).toEqual(['abc']);
});
