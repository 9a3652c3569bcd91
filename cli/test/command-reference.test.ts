import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { commandReference } from '../tools/command-reference.ts';

test('docs/reference/cli.md lists every command as it is (else: npm run generate -w sovfn)', async () => {
  const page = await readFile(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');
  expect(page).toBe(await commandReference());
});
