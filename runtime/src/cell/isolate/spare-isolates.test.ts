import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Guest } from './guest.ts';
import { SpareIsolates } from './spare-isolates.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a cell prepares that entered an isolate last at `enteredAt`. */
function watchSpares() {
  const done: string[] = [];
  const state = { enteredAt: -Infinity };
  const makeGuest = (memoryMb: number): Guest => {
    done.push(`made ${memoryMb}`);
    return {
      giveBackLeftovers: () => done.push('gave back'),
      dispose: () => done.push('disposed'),
    } as unknown as Guest;
  };
  const spares = new SpareIsolates({ makeGuest, memoryMb: 128, idleMs: () => performance.now() - state.enteredAt });
  const since = (): string[] => done.splice(0);
  return { spares, state, since };
}

test('a taken spare is replaced, and the new one gives back its leftovers, once the cell has nothing to do', () => {
  const { spares, state, since } = watchSpares();
  vi.advanceTimersByTime(100);
  expect(since()).toEqual(['made 128', 'gave back']);
  state.enteredAt = performance.now();
  spares.take(128);
  vi.advanceTimersByTime(19);
  expect(since()).toEqual([]);
  vi.advanceTimersByTime(21);
  expect(since()).toEqual(['made 128', 'gave back']);
  vi.advanceTimersByTime(1_000);
  expect(since()).toEqual([]);
});

test('calls that come in are not held up by the making of a spare, nor by its giving back', () => {
  const { spares, state, since } = watchSpares();
  since();
  for (let ms = 0; ms < 80; ms += 10) {
    state.enteredAt = performance.now();
    vi.advanceTimersByTime(10);
  }
  expect(since()).toEqual([]);
  vi.advanceTimersByTime(40);
  expect(since()).toEqual(['gave back']);
  spares.take(128);
  for (let ms = 0; ms < 80; ms += 10) {
    state.enteredAt = performance.now();
    vi.advanceTimersByTime(10);
  }
  expect(since()).toEqual([]);
  vi.advanceTimersByTime(60);
  expect(since()).toEqual(['made 128', 'gave back']);
});

test('a cell that always has something to do prepares a spare all the same', () => {
  const { spares, state, since } = watchSpares();
  since();
  spares.take(128);
  for (let ms = 0; ms < 500; ms += 10) {
    state.enteredAt = performance.now();
    vi.advanceTimersByTime(10);
  }
  expect(since()).toEqual(['made 128', 'gave back']);
});

test('a spare of another size than the one that is asked for is let go of, and the next has the new size', () => {
  const { spares, since } = watchSpares();
  since();
  spares.take(64);
  expect(since()).toEqual(['disposed', 'made 64']);
  vi.advanceTimersByTime(100);
  expect(since()).toEqual(['made 64', 'gave back']);
  spares.close();
  expect(since()).toEqual(['disposed']);
  vi.advanceTimersByTime(1_000);
  expect(since()).toEqual([]);
});
