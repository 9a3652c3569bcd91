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

test.each(translated)('each paragraph, list and table of %s is in its French page', async (path) => {
  const french = await readPage(path.replace('docs/', 'docs/fr/'));
  expect(outlineOf(french)).toEqual(outlineOf(await readPage(path)));
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

/** What each block of the page is, how many items or rows it has, and where its links lead. */
function outlineOf({ path, text }: Page): string[] {
  const blocks = text.replaceAll(/^```[\s\S]*?^```$/gm, '').split(/\n\s*\n/);
  return blocks
    .map((block) => block.trim())
    .filter((block) => block !== '' && !block.startsWith('#'))
    .map((block) => [kindOf(block), ...linksOf(block, path)].join(' '));
}

function kindOf(block: string): string {
  const lines = block.split('\n');
  if (block.startsWith('|')) return `${lines.length} rows`;
  const items = lines.filter((line) => /^\s*(?:[-*]|\d+\.) /.test(line)).length;
  return items === 0 ? 'paragraph' : `${items} items`;
}

/** As pages of the English documentation, without the place in the page: headings are in the language of the page. */
function linksOf(block: string, path: string): string[] {
  const targets = [...block.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target!);
  return targets.map((target) => new URL(target, `file:///${path}`).pathname.replace('/docs/fr/', '/docs/'));
}
