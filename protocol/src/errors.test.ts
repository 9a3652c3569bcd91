import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ERROR_CODES, errorStatus, isErrorCode } from './errors.ts';
import { OUTCOMES } from './outcome.ts';

const PAGES = [
  ['docs/errors.md', /^### (\S+)\n\nStatus (\d+)\. /gm],
  ['docs/fr/errors.md', /^### (\S+)\n\nStatut (\d+)\. /gm],
] as const;

test.each(PAGES)('%s has a section for each code and for nothing else, with its status', async (page, section) => {
  const text = await readFile(new URL(`../../${page}`, import.meta.url), 'utf8');
  const sections = [...text.matchAll(section)].map(([, code, status]) => `${code} ${status}`);
  const codes = [...Object.keys(ERROR_CODES), ...Object.keys(OUTCOMES)].filter(isErrorCode);
  expect(sections.toSorted()).toEqual(codes.map((code) => `${code} ${errorStatus(code)}`).toSorted());
  expect(text.match(/^### /gm)).toHaveLength(codes.length);
});
