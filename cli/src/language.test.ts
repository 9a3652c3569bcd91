import { glob, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { chooseLanguage, makeSay } from './language.ts';
import { en } from './messages/en.ts';
import { fr } from './messages/fr.ts';

test.each([
  [{}, 'en'],
  [{ LANG: 'fr_FR.UTF-8' }, 'fr'],
  [{ LANG: 'fr' }, 'fr'],
  [{ LANG: 'fr-CA' }, 'fr'],
  [{ LANG: 'frp_FR' }, 'en'],
  [{ LANG: 'de_DE.UTF-8' }, 'en'],
  [{ LANG: 'fr_FR', LC_MESSAGES: 'en_US' }, 'en'],
  [{ LANG: 'en_US', LC_MESSAGES: 'de_DE', LC_ALL: 'fr_BE' }, 'fr'],
  [{ LANG: 'fr_FR', LC_ALL: '' }, 'fr'],
] as const)('the locale %j means %s', (env, language) => {
  expect(chooseLanguage(env)).toBe(language);
});

test('both languages have the same messages', () => {
  expect(Object.keys(fr)).toEqual(Object.keys(en));
});

test.each(Object.keys(en) as (keyof typeof en)[])('%s names the same values in both languages', (key) => {
  const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted();
  expect(names(fr[key])).toEqual(names(en[key]));
});

test('every message is used', async () => {
  const sources: string[] = [];
  for await (const file of glob('**/*.ts', { cwd: import.meta.dirname, exclude: ['messages', '**/*.test.ts'] })) {
    sources.push(await readFile(`${import.meta.dirname}/${file}`, 'utf8'));
  }
  const source = sources.join('\n');
  const isUsed = (key: string) => {
    // A key may be made from its family and a state: `status.${state}`.
    const family = `${key.slice(0, key.lastIndexOf('.'))}.\${`;
    return source.includes(`'${key}'`) || source.includes(`\`${family}`);
  };
  expect(Object.keys(en).filter((key) => !isUsed(key))).toEqual([]);
});

test('values are put where the text names them, as they are', () => {
  const say = makeSay(en);
  expect(say('delete.done', { name: '$& {name}' })).toBe('$& {name} is deleted');
});
