import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { configReference } from '../../tools/config-reference.ts';
import { configJsonSchemaText, validKeys } from './json-schema.ts';

test('the published sovfn.schema.json is that of the configuration (else: npm run generate -w @sovfn/builder)', async () => {
  const published = await readFile(new URL('../../../cli/sovfn.schema.json', import.meta.url), 'utf8');
  expect(published).toBe(configJsonSchemaText());
});

test('docs/reference/config.md is that of the schema, and says what each key means (else: npm run generate -w @sovfn/builder)', async () => {
  const page = await readFile(new URL('../../../docs/reference/config.md', import.meta.url), 'utf8');
  expect(page).toBe(configReference());
  expect(page.match(/^.*\|  \|$/gm)).toBeNull();
});

test('valid keys are known at every level', () => {
  expect(validKeys(['retry'])).toEqual(['attempts', 'minDelay', 'maxDelay', 'rules']);
  expect(validKeys(['schedules', 3]).slice(0, 5)).toEqual(['name', 'cron', 'timezone', 'overlap', 'missed']);
  expect(validKeys(['bindings', 'ANY'])).toEqual(['type', 'batchSize', 'batchWait', 'function']);
  expect(validKeys(['outputs'])).toEqual(['keep', 'encrypt', 'days']);
  expect(validKeys(['vars', 'ANY'])).toEqual([]);
});
