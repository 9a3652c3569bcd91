import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Given, runInProcess } from './run-in-process.ts';

let platform: TestPlatform;
let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await makeTemporaryFolder('audit');
  platform = await startPlatform();
  await sovfn(['secrets', 'set', 'ledger', 'KEY'], { stdin: 'hunter2' });
  await sovfn(['tokens', 'create', 'ci', '--role', 'developer']);
}, 120_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const sovfn = (argv: readonly string[], given: Given = {}) =>
  runInProcess(argv, { ...given, env: { ...platform.environment, ...given.env } });
const key = () => ['--key', join(platform.data, 'platform-key.json')];
const copy = () => join(platform.data, 'gateway', 'audit-checkpoints-gw-1.jsonl');

test('the list says who changed what, newest first; the platform itself is in it for its owner', async () => {
  const list = await sovfn(['audit', 'list']);
  expect(list.stdout).toMatch(
    /^index {2}time .*\n\d+ .*main {4}owner {2}tokenIssued .*name=ci.*\n\d+ .*createToken .*name=ci role=developer\n/,
  );
  expect(list.stdout).toMatch(/setSecret .*function=ledger secret=KEY\n/);
  expect(list.stdout).not.toContain('hunter2');
  const all = await sovfn(['audit', 'list', '--all', '--json']);
  const { entries } = JSON.parse(all.stdout) as { entries: { action: string }[] };
  expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(['loggingStarted', 'nodeJoined']));
  const one = await sovfn(['audit', 'list', '--limit', '1']);
  expect(one.stderr).toMatch(/^There are older ones: --before \d+\n$/);
});

test('the log verifies, against the copy of its checkpoints too; a copy that knows another history is named', async () => {
  const good = await sovfn(['audit', 'verify', ...key(), '--copy', copy()]);
  expect(good.code).toBe(0);
  expect(good.stderr).toMatch(/^The copies in the object store verify too, and are the same: \d+ entries so far\.\n/);
  expect(good.stderr).toContain(`\nCompared with ${copy()}.\n`);
  expect(good.stdout).toMatch(/^✔ The log verifies: \d+ entries, from the first one on\n$/);
  const lines = (await readFile(copy(), 'utf8')).split('\n');
  const [first, second] = lines as [string, string];
  const other = first.replace(/"root":"[^"]*"/, /"root":"[^"]*"/.exec(second)![0]);
  const forked = join(folder.path, 'forked.jsonl');
  await writeFile(forked, [other, ...lines.slice(1)].join('\n'));
  const bad = await sovfn(['audit', 'verify', ...key(), '--copy', forked]);
  expect(bad.code).toBe(1);
  expect(bad.stderr).toContain('at entry 0: it was signed a second time');
});

test('the copies in the object store have every entry when they are asked for, and verify by themselves', async () => {
  await sovfn(['secrets', 'set', 'ledger', 'LATER'], { stdin: 'x' });
  const alone = await sovfn(['audit', 'verify', '--archive', ...key(), '--copy', copy()]);
  expect(alone).toMatchObject({ code: 0, stderr: `Compared with ${copy()}.\n` });
  expect(alone.stdout).toMatch(/^✔ The copies in the object store verify: \d+ entries, from the first one on\n$/);
});

test('an export verifies offline, and a changed one does not', async () => {
  const exported = await sovfn(['audit', 'export']);
  expect(exported.stderr).toMatch(/^\d+ entries of main, to be verified with/);
  const file = join(folder.path, 'main.json');
  await writeFile(file, exported.stdout);
  const offline = { env: { SOVFN_URL: '', SOVFN_TOKEN: '' } };
  expect(await runInProcess(['audit', 'verify', file, ...key()], offline)).toMatchObject({ code: 0 });
  await writeFile(file, exported.stdout.replace('"ledger"', '"ledges"'));
  const bad = await runInProcess(['audit', 'verify', file, ...key()], offline);
  expect(bad.code).toBe(1);
  expect(bad.stderr).toMatch(/at entry \d+: it is not the entry that was signed/);
});

test('of a file that is no export it is said that it is none, and what is compared with the log does not go with a file', async () => {
  const file = join(folder.path, 'other.json');
  await writeFile(file, '{"v":1}');
  const other = await runInProcess(['audit', 'verify', file, ...key()]);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain(`✖ ${file} is not an export of the audit log`);
  const absent = join(folder.path, 'absent.json');
  const none = await runInProcess(['audit', 'verify', absent, ...key()]);
  expect(none.stderr).toContain(`✖ ${absent} cannot be read: there is no such file or folder (config-not-found)\n`);
  for (const option of [['--archive'], ['--copy', copy()]]) {
    const both = await runInProcess(['audit', 'verify', file, ...option]);
    expect([both.code, both.stderr]).toEqual([1, expect.stringContaining(`${option[0]} is for the log itself`)]);
  }
});

test('a token without the scope sees none of it, and a tenant nothing of the platform', async () => {
  const as = async (role: string): Promise<Given> => {
    const { stdout } = await sovfn(['tokens', 'create', role, '--role', role]);
    return { env: { SOVFN_TOKEN: stdout.trim(), SOVFN_OPERATOR_TOKEN: stdout.trim() } };
  };
  expect((await sovfn(['audit', 'list'], await as('developer'))).stderr).toContain('the scope "audit:read"');
  const auditor = await as('auditor');
  expect(await sovfn(['audit', 'list'], auditor)).toMatchObject({ code: 0 });
  for (const words of [
    ['list', '--all'],
    ['list', '--tenant', 'other'],
    ['verify', ...key()],
  ]) {
    expect((await sovfn(['audit', ...words], auditor)).stderr).toContain('(unauthorized)');
  }
});
