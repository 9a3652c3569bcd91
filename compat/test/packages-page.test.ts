import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { packagesPage } from '../src/packages-page.ts';
import { readSuite } from '../src/suite.ts';

test('docs/packages.md lists what the suite tests, and what the built-ins have', async () => {
  const page = await readFile(new URL('../../docs/packages.md', import.meta.url), 'utf8');
  expect(page).toBe(packagesPage(await readSuite()));
});
