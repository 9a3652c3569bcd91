import { expect, test } from 'vitest';
import { type Page, readPage, readPages } from './fences.ts';

const paths = (await readPages()).map(({ path }) => path);
const translated = paths.filter((path) => path === 'docs/tutorial.md' || path.startsWith('docs/guides/'));

test.each(translated)('%s has a French page with the same headings and the same code', async (path) => {
  const french = await readPage(path.replace('docs/', 'docs/fr/'));
  const english = await readPage(path);
  expect(headingLevels(french)).toEqual(headingLevels(english));
  expect(codeOf(french)).toEqual(codeOf(english));
});

test('there is no French page without an English one', () => {
  const french = paths.filter((path) => path.startsWith('docs/fr/'));
  expect(french.map((path) => path.replace('docs/fr/', 'docs/')).filter((path) => !paths.includes(path))).toEqual([]);
});

function headingLevels({ text }: Page): string[] {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '').match(/^#+(?= )/gm) ?? [];
}

/** Comments are in the language of the page. */
function codeOf({ fences }: Page): (readonly [string, string])[] {
  return fences.map(({ language, code }) => [language, code.replaceAll(/^\s*\/\/ .*$/gm, '')] as const);
}
