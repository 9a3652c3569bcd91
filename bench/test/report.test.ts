import { expect, test } from 'vitest';
import { replaceFigures } from '../src/report/docs.ts';
import { markdownTable, textTable } from '../src/report/table.ts';

const TABLE = {
  title: 'Times',
  columns: ['', 'p50', 'p99'],
  rows: [
    ['warm', '1.00 ms', '20.0 ms'],
    ['cold start', '12.5 ms', '104 ms'],
  ],
  notes: ['On a slow machine.'],
};

test('in a terminal the figures of a column end in one line', () => {
  expect(textTable(TABLE)).toBe(
    [
      'Times           p50      p99',
      '────────────────────────────',
      'warm        1.00 ms  20.0 ms',
      'cold start  12.5 ms   104 ms',
      '  On a slow machine.',
    ].join('\n'),
  );
});

test('in a document the same table is Markdown', () => {
  expect(markdownTable(TABLE)).toBe(
    [
      '### Times\n',
      '|  | p50 | p99 |',
      '| --- | ---: | ---: |',
      '| warm | 1.00 ms | 20.0 ms |',
      '| cold start | 12.5 ms | 104 ms |\n',
      'On a slow machine.',
    ].join('\n'),
  );
});

const BEGIN = '<!-- figures: begin (written by npm run bench -- --write-docs) -->';
const END = '<!-- figures: end -->';

test('new figures take the place of the old ones and nothing else', () => {
  const document = `# Title\n\n${BEGIN}\n\nold\n\n${END}\n\nMore text.\n`;
  expect(replaceFigures(document, 'new')).toBe(`# Title\n\n${BEGIN}\n\nnew\n\n${END}\n\nMore text.\n`);
});

test.each(['no marks at all', `${BEGIN} only`, `${END} before ${BEGIN}`, `${BEGIN} ${END} ${BEGIN} ${END}`])(
  'a document with %j has no place for figures',
  (document) => {
    expect(() => replaceFigures(document, 'new')).toThrow('once each');
  },
);
