import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Given, runInProcess } from './run-in-process.ts';

let platform: TestPlatform;
let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await makeTemporaryFolder('tokens');
  platform = await startPlatform();
}, 120_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const sovfn = (argv: readonly string[], given: Given = {}) =>
  runInProcess(argv, { ...given, env: { ...platform.environment, ...given.env } });

const as = (token: string): Given => ({ env: { SOVFN_TOKEN: token, SOVFN_OPERATOR_TOKEN: token } });

test('a tenant of its own deploys and is called at its own address, and sees nothing of the others', async () => {
  const made = await sovfn(['tenants', 'create', 'acme', '--functions', '2']);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const token = (await sovfn(['tokens', 'create', 'first', '--tenant', 'acme', '--role', 'owner'])).stdout.trim();
  expect(token).toMatch(/^sovfn_[a-z0-9]{16}_[\w-]{43}$/);
  const source = join(folder.path, 'hello');
  await mkdir(source);
  await writeFile(join(source, 'sovfn.jsonc'), '{ "name": "hello", "main": "index.ts" }');
  await writeFile(join(source, 'index.ts'), 'export default { fetch: () => new Response("of acme") };');
  expect(await sovfn(['deploy', source], as(token))).toMatchObject({ code: 0 });
  const called = await platform.call('/fn/acme:hello/');
  expect(await called.text()).toBe('of acme');
  expect((await sovfn(['list', '--json'])).stdout).not.toContain('hello');
  expect((await sovfn(['show', 'hello'])).stderr).toContain('(function-not-found)');
  const tenants = await sovfn(['tenants', 'list']);
  expect(tenants.stdout).toMatch(/\nacme {4}1\/2 {8}– +– +–\nmain {4}0 {10}– +– +–\n$/);
  expect(await sovfn(['tenants', 'set', 'acme', '--functions', 'none', '--concurrency', '5'])).toMatchObject({
    code: 0,
  });
  const { stdout } = await sovfn(['tenants', 'list', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ tenants: [{ quotas: { functions: null, concurrency: 5 } }, {}] });
  expect(await sovfn(['tenants', 'set', 'acme', '--storage', '1.5GB'])).toMatchObject({ code: 0 });
  expect((await sovfn(['tenants', 'show', 'acme'])).stdout).toMatch(/^quota: storage +1\.5 GB$/m);
  expect((await sovfn(['tenants', 'list'])).stdout).toMatch(/^acme .* [\d.]+ k?B\/1\.5 GB$/m);
  expect((await sovfn(['tenants', 'set', 'acme', '--storage', '10'])).stderr).toContain(
    '--storage is "10", which is no size (usage)\n  → Write a number and KB, MB, GB or TB, such as 10GB, or none.',
  );
});

test('a token does what its role says and no more, until it is rotated or revoked', async () => {
  const created = await sovfn(['tokens', 'create', 'watcher', '--role', 'observer', '--expires', '90d']);
  const first = created.stdout.trim();
  const id = first.split('_')[1]!;
  expect(created.stderr).toBe(`Token watcher (${id}) of the tenant main. Keep it now: it is not shown again.\n`);
  expect(await sovfn(['list'], as(first))).toMatchObject({ code: 0 });
  const refused = await sovfn(['secrets', 'set', 'f', 'KEY'], { ...as(first), stdin: 'x' });
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('the token does not have the scope "secrets:write"');
  expect((await sovfn(['tokens', 'list'])).stdout).toMatch(
    /^token {4}id .*\nwatcher {2}\w{16} {2}observer {2}– {9}[\d -:]+ {2}\d/,
  );
  const rotated = await sovfn(['tokens', 'rotate', id, '--overlap', '0s']);
  const second = rotated.stdout.trim();
  expect(await sovfn(['list'], as(first))).toMatchObject({ code: 1 });
  expect(await sovfn(['list'], as(second))).toMatchObject({ code: 0 });
  expect(await sovfn(['tokens', 'revoke', id])).toMatchObject({ code: 0, stdout: `✔ ${id} is revoked\n` });
  expect((await sovfn(['list'], as(second))).stderr).toContain('(unauthorized)');
  expect((await sovfn(['tokens', 'revoke', id])).stderr).toContain('(token-not-found)');
});

test('what only operators may is asked of their listener: a tenant’s token is not known there', async () => {
  const token = (await sovfn(['tokens', 'create', 'boss', '--role', 'owner'])).stdout.trim();
  for (const argv of [
    ['tenants', 'list'],
    ['tokens', 'create', 'more', '--role', 'operator'],
    ['nodes', 'drain', 'node-1'],
  ]) {
    const refused = await sovfn(argv, as(token));
    expect([argv, refused.code, refused.stderr]).toEqual([argv, 1, expect.stringContaining('(unauthorized)')]);
  }
  const operator = (await sovfn(['tokens', 'create', 'operator', '--role', 'operator'])).stdout.trim();
  expect(await sovfn(['tenants', 'list'], as(operator))).toMatchObject({ code: 0 });
});

test('who names a platform and not its operator’s listener is told how', async () => {
  const refused = await sovfn(['tenants', 'list'], { env: { SOVFN_OPERATOR_URL: '' } });
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('it is not known where the operator of the platform is reached (no-platform)');
  const wrong = await sovfn(['tenants', 'list'], { env: { SOVFN_OPERATOR_URL: 'here' } });
  expect(wrong.stderr).toContain('SOVFN_OPERATOR_URL is "here", which is no http or https address');
});

test.each<[string, readonly string[], string]>([
  ['a role that there is not', ['--role', 'king'], 'there is no role "king"'],
  ['a scope that there is not', ['--scope', 'all'], 'there is no scope "all"'],
  ['an end that is no time', ['--role', 'owner', '--expires', 'soon'], '--expires is "soon", which is no time'],
  ['neither role nor scope', [], 'a token needs a role or a scope'],
  ['a tenant that there is not', ['--role', 'owner', '--tenant', 'nobody'], '(tenant-not-found)'],
])('%s is refused', async (_what, argv, reason) => {
  const { code, stderr } = await sovfn(['tokens', 'create', 'bad', ...argv]);
  expect(code).toBe(1);
  expect(stderr).toContain(reason);
});

test('in French it says the same', async () => {
  const env = { LANG: 'fr_FR.UTF-8' };
  expect((await sovfn(['tenants', 'create', 'gaule'], { env })).stdout).toContain('✔ gaule est créé.');
});
