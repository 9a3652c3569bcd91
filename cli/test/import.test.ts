import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { buildFunction } from '@sovfn/builder';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runInProcess } from './run-in-process.ts';

const TOML = `
name = "shop" # a comment
main = "index.ts"
compatibility_date = "2026-01-01"

[vars]
CURRENCY = "EUR"

[triggers]
crons = ["0 2 * * *"]

[[kv_namespaces]]
binding = "STATE"
id = "abc"

[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"
`;

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await makeTemporaryFolder('import');
});
afterEach(() => folder[Symbol.asyncDispose]());

const sovfn = (...argv: string[]) => runInProcess(argv, { env: {}, cwd: folder.path });
const write = (name: string, text: string) => writeFile(join(folder.path, name), text);

test('a Workers project becomes a function that builds, and hears what does not map', async () => {
  await write('wrangler.toml', TOML);
  await write('.dev.vars', 'STRIPE_KEY="sk_of_mine"\n# a comment\n');
  await write('index.ts', 'export default { async fetch() { return new Response("ok"); }, async scheduled() {} };');
  const { code, stdout, stderr } = await sovfn('import', '--wrangler');
  expect([code, stdout]).toEqual([0, 'written: sovfn.jsonc\n']);
  expect(stderr).toContain('✖ durable_objects: There are no durable objects.');
  expect(stderr).toContain('≠ triggers.crons: They run in UTC');
  const written = await readFile(join(folder.path, 'sovfn.jsonc'), 'utf8');
  expect(written).not.toContain('sk_of_mine');
  const { config } = await buildFunction(folder.path);
  expect(config).toMatchObject({
    name: 'shop',
    vars: { CURRENCY: 'EUR' },
    secrets: [{ name: 'STRIPE_KEY', expose: true }],
  });
});

test('a sovfn.jsonc that exists is kept, unless it is to be replaced', async () => {
  await write('wrangler.jsonc', '{ "name": "shop", "main": "a.ts", /* comment */ }');
  await write('sovfn.jsonc', 'mine');
  const refused = await sovfn('import', '--wrangler');
  expect([refused.code, await readFile(join(folder.path, 'sovfn.jsonc'), 'utf8')]).toEqual([1, 'mine']);
  const shown = await sovfn('import', '--wrangler', '--dry-run');
  expect(JSON.parse(shown.stdout)).toMatchObject({ name: 'shop', main: 'a.ts' });
  expect((await sovfn('import', '--wrangler', '--force')).code).toBe(0);
  expect(await readFile(join(folder.path, 'sovfn.jsonc'), 'utf8')).toBe(shown.stdout);
});

test.each([
  ['no file', null, '(config-not-found)'],
  ['a file with an error', '{ "name": }', 'wrangler.jsonc cannot be read: ValueExpected in line 1'],
  ['a file that holds no object', '[]', 'it holds no object'],
])('%s is said to be so', async (_what, text, message) => {
  if (text !== null) await write('wrangler.jsonc', text);
  const { code, stderr } = await sovfn('import', '--wrangler');
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
});

test('what to import from must be said', async () => {
  expect((await sovfn('import')).stderr).toContain('or add --wrangler for a Workers project.');
});
