import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { commandReference } from '../tools/command-reference.ts';
import { COMMANDS } from '../src/commands/index.ts';
import { JSON_RESULTS } from '../src/json/index.ts';
import { errorTexts } from '../tools/error-texts.ts';
import { jsonReference } from '../tools/json-reference.ts';
import { runInProcess } from './run-in-process.ts';

test('docs/reference/cli.md lists every command as it is (else: npm run generate -w sovfn)', async () => {
  const page = await readFile(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');
  expect(page).toBe(await commandReference());
});

test('docs/reference/json.md describes the result of every command (else: npm run generate -w sovfn)', async () => {
  expect(Object.keys(JSON_RESULTS).toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
  const page = await readFile(new URL('../../docs/reference/json.md', import.meta.url), 'utf8');
  expect(page).toBe(jsonReference());
});

test('`sovfn explain` says of each code what docs/errors.md says, and docs/fr/errors.md in French (else: npm run generate -w sovfn)', async () => {
  for (const [language, file] of [
    ['en', 'error-texts.json'],
    ['fr', 'error-texts-fr.json'],
  ] as const) {
    const texts = await readFile(new URL(`../src/explain/${file}`, import.meta.url), 'utf8');
    expect(texts).toBe(await errorTexts(language));
  }
  const french = await runInProcess(['explain', 'port-taken'], { env: { LANG: 'fr_FR.UTF-8' } });
  expect(french.stdout).toContain('Un autre processus occupe le port.');
  const { stdout, stderr } = await runInProcess(['explain', '(port-taken)']);
  expect({ stdout, stderr }).toMatchObject({
    stdout: expect.stringMatching(/^port-taken, HTTP status \d+\n\n\w/) as string,
    stderr: '',
  });
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(78);
  const asJson = await runInProcess(['explain', 'port-taken', '--json']);
  expect(JSON.parse(asJson.stdout)).toMatchObject({ code: 'port-taken', text: expect.any(String) as string });
  expect((await runInProcess(['explain', 'port-takn'])).stderr).toContain('Did you mean port-taken?');
});
