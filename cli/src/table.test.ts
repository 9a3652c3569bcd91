import { describe, expect, test } from 'vitest';
import { formatFacts, formatRows, formatTable, withMark } from './table.ts';

const EVENTS = [
  ['event', 'state', 'accepted', 'end'],
  ['01k2v5w8q9xr3t7yb4n6m0zc1d', 'succeeded', '2026-11-27 20:59:38', '200'],
  ['01k2v5w8q9xr3t7yb4n6m0zc1e', 'waiting', '2026-11-27 20:59:39', '–'],
];

test('a program reads one line for each row, however long it is', () => {
  expect(formatTable(EVENTS, null).split('\n')).toEqual([
    'event                       state      accepted             end',
    '01k2v5w8q9xr3t7yb4n6m0zc1d  succeeded  2026-11-27 20:59:38  200',
    '01k2v5w8q9xr3t7yb4n6m0zc1e  waiting    2026-11-27 20:59:39  –',
  ]);
});

describe('on a terminal', () => {
  test('a table that fits is the same', () => {
    expect(formatTable(EVENTS, 80)).toBe(formatTable(EVENTS, null));
  });

  test('cells are wrapped within their columns, between words, when the lines would be too long', () => {
    expect(formatTable(EVENTS, 60).split('\n')).toEqual([
      'event                       state      accepted    end',
      '01k2v5w8q9xr3t7yb4n6m0zc1d  succeeded  2026-11-27  200',
      '                                       20:59:38',
      '01k2v5w8q9xr3t7yb4n6m0zc1e  waiting    2026-11-27  –',
      '                                       20:59:39',
    ]);
  });

  test('each row becomes a record when no words could be wrapped any more; ids stay whole', () => {
    expect(formatTable(EVENTS, 40).split('\n')).toEqual([
      'event     01k2v5w8q9xr3t7yb4n6m0zc1d',
      'state     succeeded',
      'accepted  2026-11-27 20:59:38',
      'end       200',
      '',
      'event     01k2v5w8q9xr3t7yb4n6m0zc1e',
      'state     waiting',
      'accepted  2026-11-27 20:59:39',
      'end       –',
    ]);
  });

  test.each([33, 47, 56, 80])(
    'nothing is left out in %i columns, and no line passes the edge but for an id',
    (width) => {
      const shown = formatTable(EVENTS, width);
      for (const word of EVENTS.flat().flatMap((cell) => cell.split(' '))) expect(shown).toContain(word);
      const longest = Math.max(...shown.split('\n').map((line) => line.length));
      expect(longest).toBeLessThanOrEqual(Math.max(width, 36));
    },
  );

  test('a long value goes on below itself', () => {
    const facts = [
      ['code', 'a b'],
      ['labels', 'signed by the platform, valid until next year'],
    ];
    expect(formatFacts(facts, 32).split('\n')).toEqual([
      'code    a b',
      'labels  signed by the platform,',
      '        valid until next year',
    ]);
  });

  test('the lines of a marked row stand below its first one', () => {
    const [row] = formatRows([['bus', 'every message is synced to the disk']], 28);
    expect(withMark('✔', row!)).toBe('✔ bus  every message is synced\n       to the disk');
  });
});
