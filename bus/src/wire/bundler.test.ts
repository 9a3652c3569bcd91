import { expect, test } from 'vitest';
import { Bundler, MOST_ITEMS } from './bundler.ts';

test('a full message is written at once, and what is left at the end of the turn', () => {
  const seen: (string | number)[] = [];
  const atEnd: (() => void)[] = [];
  const bundler = new Bundler<number>({
    turn: { atTurnEnd: (speak) => void atEnd.push(speak), writeNow: () => void seen.push('written') },
    send: (destination, items) => void seen.push(destination, items.length),
  });
  for (let i = 0; i < MOST_ITEMS + 2; i++) bundler.add('cell', i, 10);
  expect(seen).toEqual(['cell', MOST_ITEMS, 'written']);
  for (const speak of atEnd) speak();
  expect(seen).toEqual(['cell', MOST_ITEMS, 'written', 'cell', 2]);
});
