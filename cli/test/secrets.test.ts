import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Given, runInProcess } from './run-in-process.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
}, 120_000);
afterAll(() => platform[Symbol.asyncDispose]());

const sovfn = (argv: readonly string[], given: Given = {}) =>
  runInProcess(argv, { ...given, env: { ...platform.environment, ...given.env } });

test('a value comes from stdin, before the first deploy, and is never shown', async () => {
  const set = await sovfn(['secrets', 'set', 'ledger', 'KEY'], { stdin: 'hunter2\n' });
  expect(set).toMatchObject({ code: 0, stdout: '✔ ledger: KEY is set, version 1\n', stderr: '' });
  const list = await sovfn(['secrets', 'list', 'ledger']);
  expect(list.stdout).toMatch(/^secret {2}version {2}set .*\nKEY {5}1 {8}\d{4}-\d\d-\d\d \S+ {2}– +not in use +–\n$/);
  const json = await sovfn(['secrets', 'list', 'ledger', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ secrets: [{ name: 'KEY', version: 1 }], missing: [] });
  expect(set.stdout + list.stdout + json.stdout).not.toContain('hunter2');
});

test('the list says which values the code reads, and where the others are sent', async () => {
  const secrets = ['BY_NAME', { name: 'BY_HOST', hosts: ['*.example.org'] }, { name: 'READ', expose: true }];
  const egress = ['https://api.insee.fr', 'https://*.example.org'];
  const code = 'export default { fetch: () => new Response() };';
  await platform.deploy({ name: 'showing', code, config: { secrets, egress } });
  for (const name of ['BY_NAME', 'BY_HOST', 'READ']) await sovfn(['secrets', 'set', 'showing', name], { stdin: 'x' });
  const { stdout } = await sovfn(['secrets', 'list', 'showing']);
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/).at(-1))).toEqual([
    ...['in its code', 'placeholder, sent to https://*.example.org', 'placeholder, sent to https://api.insee.fr'],
    ...['the value', ''],
  ]);
  const french = await sovfn(['secrets', 'list', 'showing'], { env: { LANG: 'fr_FR.UTF-8' } });
  expect(french.stdout).toContain('substitut, envoyé à https://api.insee.fr');
});

test('the line end behind a value is not part of it', async () => {
  await sovfn(['secrets', 'set', 'ending', 'KEY'], { stdin: 'value\n' });
  const again = await sovfn(['secrets', 'set', 'ending', 'KEY', '--json'], { stdin: 'value' });
  expect(JSON.parse(again.stdout)).toMatchObject({ secret: { version: 1 } });
});

test('a changed value says until when webhooks accept the one before', async () => {
  await sovfn(['secrets', 'set', 'turning', 'KEY'], { stdin: 'one' });
  const second = await sovfn(['secrets', 'set', 'turning', 'KEY', '--overlap', '2h'], { stdin: 'two' });
  expect(second.stdout).toBe('✔ turning: KEY is set, version 2\n');
  expect(second.stderr).toMatch(/^Webhooks accept the value before until \d{4}-\d\d-\d\d /);
  const third = await sovfn(['secrets', 'set', 'turning', 'KEY', '--overlap', '0s'], { stdin: 'three' });
  expect(third).toMatchObject({ code: 0, stderr: '' });
});

test('at a terminal it is asked for, and what is typed is not shown', async () => {
  const set = await sovfn(['secrets', 'set', 'asking', 'KEY'], { stdin: 'hunterr\u007f2\r', isTTY: true });
  expect(set.code).toBe(0);
  expect(set.stderr).toBe('Value of KEY (it is not shown):\n');
  const same = await sovfn(['secrets', 'set', 'asking', 'KEY', '--json'], { stdin: 'hunter2' });
  expect(JSON.parse(same.stdout)).toMatchObject({ secret: { version: 1 } });
});

test.each<[string, readonly string[], string, string]>([
  ['no value', ['secrets', 'set', 'f', 'KEY'], '', 'there is no value for KEY'],
  [
    'a value that is too long',
    ['secrets', 'set', 'f', 'KEY'],
    'x'.repeat(70_000),
    'the value has more than 65536 bytes',
  ],
  ['a value as an argument', ['secrets', 'set', 'f', 'KEY', 'hunter2'], '', '"hunter2" is one word too many'],
  ['an overlap without a unit', ['secrets', 'set', 'f', 'KEY', '--overlap', '5'], 'x', '--overlap is "5"'],
  ['a name that is none', ['secrets', 'set', 'f', 'A-B'], 'x', 'must start with a letter'],
])('%s is refused', async (_what, argv, stdin, reason) => {
  const { code, stderr } = await sovfn(argv, { stdin });
  expect(code).toBe(1);
  expect(stderr).toContain(reason);
});

test('deleting asks, and says so where nobody can be asked', async () => {
  await sovfn(['secrets', 'set', 'deleting', 'KEY'], { stdin: 'x' });
  const unasked = await sovfn(['secrets', 'delete', 'deleting', 'KEY']);
  expect(unasked.code).toBe(1);
  expect(unasked.stderr).toContain('deleting KEY needs a confirmation');
  const done = await sovfn(['secrets', 'delete', 'deleting', 'KEY', '--yes']);
  expect(done).toMatchObject({ code: 0, stdout: '✔ KEY is deleted\n' });
  const gone = await sovfn(['secrets', 'delete', 'deleting', 'KEY', '--yes']);
  expect(gone.stderr).toContain('"deleting" has no secret "KEY" (secret-not-found)');
});

test('in French it says the same', async () => {
  const set = await sovfn(['secrets', 'set', 'gauloise', 'CLE'], { stdin: 'x', env: { LANG: 'fr_FR.UTF-8' } });
  expect(set.stdout).toBe('✔ gauloise : CLE est défini, version 1\n');
});

test('the tenant’s key, under which they are sealed, is a file for this user only', async () => {
  await sovfn(['secrets', 'set', 'sealed', 'KEY'], { stdin: 'x' });
  const { mode, size } = await stat(join(platform.data, 'keys', 'tenants', 'main.key'));
  expect(mode & 0o777).toBe(0o600);
  expect(size).toBe(44);
});
