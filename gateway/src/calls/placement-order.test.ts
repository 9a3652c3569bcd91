import { expect, test } from 'vitest';
import { placementOrder } from './placement-order.ts';

test('only accepted countries are asked, those without a node last', () => {
  const live = new Map([
    ['DE', 3],
    ['FR', 1],
  ] as const);
  expect(placementOrder({ countries: ['FR'] }, live)).toEqual(['FR']);
  expect(placementOrder({ countries: ['BE', 'FR'] }, live)).toEqual(['FR', 'BE']);
  expect(placementOrder({ countries: [] }, live)).toEqual([]);
});

test('a function of a record of before goes wherever its zone has nodes', () => {
  expect(placementOrder({ countries: null }, new Map([['FR', 1]]))).toEqual(['FR']);
  expect(placementOrder({ countries: null }, new Map())).toEqual([]);
});

test('a country comes first as often as its share of the nodes', () => {
  const live = new Map([
    ['DE', 3],
    ['FR', 1],
  ] as const);
  const first = Array.from({ length: 4_000 }, () => placementOrder({ countries: ['DE', 'FR'] }, live)[0]);
  const share = first.filter((country) => country === 'DE').length / first.length;
  expect(share).toBeGreaterThan(0.65);
  expect(share).toBeLessThan(0.85);
});
