import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeStackMapper, STACK_CHARACTERS } from './stack-mapper.ts';

/** First line of the bundle: columns 0–9 from src/a.ts:5:2 on, from 10 on sovfn:entry; second line: src/b.ts:1:0. */
const MAP = JSON.stringify({
  version: 3,
  sources: ['src/a.ts', 'sovfn:entry', 'src/b.ts'],
  names: [],
  mappings: 'AAIE,UCJF;ACAA',
});

const map = (...lines: string[]): string[] => makeStackMapper(MAP)(lines.join('\n')).split('\n');

test('frames of every kind keep their form', () => {
  expect(
    map(
      'Error: no',
      '    at f (hello.mjs:2:1)',
      '    at async Object.fetch [as run] (hello.mjs:2:3)',
      '    at hello.mjs:3:1',
      '    at async hello.mjs:3:1',
      '    at new Map (<anonymous>)',
      '    at async Promise.all (index 0)',
    ),
  ).toEqual([
    'Error: no',
    '    at f (src/a.ts:5:3)',
    '    at async Object.fetch [as run] (src/a.ts:5:3)',
    '    at src/b.ts:1:1',
    '    at async src/b.ts:1:1',
    '    at new Map (<anonymous>)',
    '    at async Promise.all (index 0)',
  ]);
});

test('frames of the platform, of its entry module and of every other file are dropped', () => {
  expect(
    map(
      'Error: no',
      '    at dispatch (sovfn:prelude:1:200)',
      '    at sovfn:prelude:1:200',
      '    at async sovfn:prelude:1:200',
      '    at f (hello.mjs:2:15)',
      '    at run (file:///srv/runtime/src/cell/main.ts:4:52)',
      '    at node:internal/process:1:2',
      '    at f (hello.mjs:3:1)',
    ),
  ).toEqual(['Error: no', '    at f (src/b.ts:1:1)']);
});

test('frames of the wrapper and beyond the bundle are dropped', () => {
  expect(map('Error: no', '    at hello.mjs:1:14', '    at hello.mjs:0:0', '    at f (hello.mjs:999999999:1)')).toEqual(
    ['Error: no'],
  );
});

test('a stack of the published module itself has no lines before the bundle', () => {
  expect(makeStackMapper(MAP, 0)('Error: no\n    at f (hello.mjs:1:1)')).toBe('Error: no\n    at f (src/a.ts:5:3)');
});

test('a message of several lines stays', () => {
  expect(map('Error: a', '', '  b hello.mjs:2:1', '    at f (hello.mjs:2:1)')).toEqual([
    'Error: a',
    '',
    '  b hello.mjs:2:1',
    '    at f (src/a.ts:5:3)',
  ]);
});

test('a source map that cannot be read leaves positions in the bundle and says so', () => {
  const stack = 'Error: no\n    at f (hello.mjs:2:1)\n    at g (sovfn:prelude:1:1)';
  expect(makeStackMapper('{')(stack)).toMatch(
    /^Error: no\n {4}at f \(hello\.mjs:2:1\)\n {4}\(positions in the bundle: its source map cannot be read: [^\n]+\)$/,
  );
});

test.each([
  '',
  'null',
  '[]',
  '{}',
  '3',
  '{"version":3,"sources":3,"names":[],"mappings":"AAAA"}',
  '{"version":3,"sources":[],"names":[],"mappings":"AAAA"}',
  '{"version":3,"sources":["a"],"names":[],"mappings":"!!!!"}',
  '{"version":3,"sections":[]}',
])('the map %s does no harm', (sourceMap) => {
  expect(makeStackMapper(sourceMap)('Error: no\n    at f (hello.mjs:2:1)')).toMatch(/^Error: no/);
});

test('a stack beyond the limit is cut and says so', () => {
  const mapped = makeStackMapper(MAP)(`Error: ${'x'.repeat(1_000_000)}`);
  expect(mapped).toBe(`Error: ${'x'.repeat(STACK_CHARACTERS - 'Error: '.length)}\n    (cut at 16384 characters)`);
});

test('no stack makes the mapper throw, or take longer than its length asks for', () => {
  const part = fc.constantFrom(
    '    at ',
    'async ',
    'f',
    ' (',
    '(',
    ')',
    'hello.mjs',
    ':',
    '2',
    '99999999999',
    '\n',
    'sovfn:',
    '<anonymous>',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
      makeStackMapper(MAP)(parts.join(''));
    }),
  );
  const before = process.cpuUsage();
  for (const unit of ['    at ', ' (', 'a.mjs:1:', '    at a (\n', '1', 'a'])
    makeStackMapper(MAP)(`    at ${unit.repeat(STACK_CHARACTERS)}`);
  // Of CPU, not of the clock: the machine may have other things to do.
  expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
});
