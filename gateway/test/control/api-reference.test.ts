import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { apiReference } from '../../tools/api-reference.ts';

test('docs/reference/api.md describes every route as it is (else: npm run generate -w @sovfn/gateway)', async () => {
  const page = await readFile(new URL('../../../docs/reference/api.md', import.meta.url), 'utf8');
  expect(page).toBe(apiReference());
});
