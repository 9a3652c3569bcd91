import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ERROR_CODES, errorStatus, isErrorCode } from './errors.ts';
import { OUTCOMES } from './outcome.ts';

const PAGE = new URL('../../docs/errors.md', import.meta.url);
const SECTION = /^### (\S+)\n\nStatus (\d+)\. /gm;

test('docs/errors.md has a section for each code and for nothing else, with its status', async () => {
  const text = await readFile(PAGE, 'utf8');
  const sections = [...text.matchAll(SECTION)].map(([, code, status]) => `${code} ${status}`);
  const codes = [...Object.keys(ERROR_CODES), ...Object.keys(OUTCOMES)].filter(isErrorCode);
  expect(sections.toSorted()).toEqual(codes.map((code) => `${code} ${errorStatus(code)}`).toSorted());
  expect(text.match(/^### /gm)).toHaveLength(codes.length);
});
