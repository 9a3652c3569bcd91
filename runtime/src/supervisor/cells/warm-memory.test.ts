import { expect, test } from 'vitest';
import { leastUsed, warmMemoryOf } from './warm-memory.ts';

const held = (name: string, heldMb: number, usedAt: number, isIdle = true) => ({
  name,
  version: { heldMb, usedAt, isIdle: () => isIdle },
});
const names = (entries: readonly { name: string }[]): string[] => entries.map(({ name }) => name);

test('versions within the budget all stay', () => {
  expect(leastUsed([held('a', 3, 1), held('b', 3, 2)], 6)).toEqual([]);
});

test('beyond the budget those called longest ago go, and no more of them than needed', () => {
  const all = [held('new', 3, 30), held('old', 3, 10), held('older', 1, 5), held('newest', 3, 40)];
  expect(names(leastUsed(all, 9))).toEqual(['older']);
  expect(names(leastUsed(all, 8))).toEqual(['older', 'old']);
  expect(names(leastUsed(all, 3))).toEqual(['older', 'old', 'new']);
});

test('a version that is in use stays, however little is left', () => {
  expect(names(leastUsed([held('used', 9, 1, false), held('idle', 1, 2)], 5))).toEqual(['idle']);
});

test('one cell gets a third of what the node may hold, and all loaded versions half of it', () => {
  expect(warmMemoryOf(3_000)).toEqual({ nodeMb: 1_500, cellMb: 1_000 });
});
