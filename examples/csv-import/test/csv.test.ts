import { describe, expect, test } from 'vitest';
import { parseCsv } from '../src/csv/parse-csv.ts';
import { writeCsv } from '../src/csv/write-csv.ts';

const rows = (text: string) => Array.from(parseCsv(text, ';'));
const fields = (text: string) => rows(text).map((row) => row.fields);

describe('reading', () => {
  test.each([
    ['LF', 'a;b\nc;d\n'],
    ['CRLF', 'a;b\r\nc;d\r\n'],
    ['CR', 'a;b\rc;d\r'],
    ['no last line end', 'a;b\nc;d'],
    ['blank lines', '\na;b\n\n\r\nc;d\n\n'],
  ])('rows with %s are the same', (_what, text) => {
    expect(fields(text)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('quoted fields hold delimiters, line ends and doubled quotes', () => {
    expect(fields('"a;b";"c\r\nd";"say ""oui""";""\n')).toEqual([['a;b', 'c\r\nd', 'say "oui"', '']]);
  });

  test('empty fields at either end are fields', () => {
    expect(fields(';a;;\n;\n')).toEqual([
      ['', 'a', '', ''],
      ['', ''],
    ]);
  });

  test('a quote inside an unquoted field is a character', () => {
    expect(fields('5" écran;b\n')).toEqual([['5" écran', 'b']]);
  });

  test('each row knows its line, also behind fields of several lines', () => {
    expect(rows('a\n"b\r\nb\nb"\n\nc\r\n').map((row) => row.line)).toEqual([1, 2, 6]);
  });

  test.each([
    ['a;"b\nc;d\n', 'The quotes of the file do not match: a quote of the row on line 1 is never closed'],
    [
      'a;b\n"c"d;e\n',
      'The quotes of the file do not match: text follows the closing quote of a field of the row on line 2',
    ],
  ])('%j is refused with the line', (text, message) => {
    expect(() => rows(text)).toThrow(message);
  });

  test('a field of a million quotes is read', () => {
    expect(fields(`"${'""'.repeat(1_000_000)}"`)[0]![0]).toHaveLength(1_000_000);
  });
});

describe('writing', () => {
  test('is what reading understands', () => {
    const values = [
      ['a;b', 'c"d', 'e\r\nf'],
      ['', ' g ', 'é€'],
    ];
    expect(fields(writeCsv(values).slice(1))).toEqual(values);
  });

  test('begins with a byte order mark, which a French Excel needs to see UTF-8', () => {
    expect(writeCsv([['é']])).toBe('\ufeffé\r\n');
  });

  test.each([
    ['=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['+33 1 42', '+33 1 42'],
    ['-12,50', '-12,50'],
    ['-1+cmd|x', "'-1+cmd|x"],
  ])('%s is written as %s', (value, written) => {
    expect(writeCsv([[value]])).toBe(`\ufeff${written}\r\n`);
  });
});
