import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Given, runInProcess } from './run-in-process.ts';

let platform: TestPlatform;
let folder: TemporaryFolder;
beforeAll(async () => {
  platform = await startPlatform();
  folder = await makeTemporaryFolder('signers');
  await writeFile(join(folder.path, 'sovfn.jsonc'), JSON.stringify({ name: 'hello', main: 'index.ts' }));
  await writeFile(join(folder.path, 'index.ts'), `export default { fetch: () => new Response('bonjour') };`);
}, 120_000);
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

const sovfn = (argv: readonly string[], given: Given = {}) =>
  runInProcess(argv, { cwd: folder.path, ...given, env: { ...platform.environment, ...given.env } });

interface MadeKey {
  readonly publicKey: string;
  readonly keyId: string;
}

async function makeKey(file: string): Promise<MadeKey> {
  return JSON.parse((await sovfn(['keys', 'create', file, '--json'])).stdout) as MadeKey;
}

test('a key is made for its owner alone, and never over another file', async () => {
  const { stdout, stderr } = await sovfn(['keys', 'create', 'new.key']);
  expect(stdout).toMatch(/^[\w-]{43}\n$/);
  expect(stderr).toContain(join(folder.path, 'new.key'));
  expect((await stat(join(folder.path, 'new.key'))).mode & 0o777).toBe(0o600);
  expect(await sovfn(['keys', 'create', 'new.key'])).toMatchObject({ code: 1, stdout: '' });
});

test('from a key to a platform that runs only what was signed: deploy, call, receipt, and a stolen key', async () => {
  const [ada, grace] = [await makeKey('ada.key'), await makeKey('grace.key')];
  const withAda = ['--sign-key', 'ada.key'];
  expect((await sovfn(['signers', 'list'])).stderr).toContain('Nobody signs versions of main.');
  expect((await sovfn(['signers', 'require', ...withAda])).stderr).toContain('the tenant has no signers (usage)');
  expect((await sovfn(['signers', 'add', 'ada', ada.publicKey, ...withAda])).stdout).toContain('ada signs versions');
  const early = await sovfn(['deploy', '--sign-key', 'grace.key']);
  expect(early.stderr).toMatch(
    /^signed for the tenant main .*\nThe signature does not count yet: .* sovfn signers add <name> /,
  );
  expect((await sovfn(['deploy'])).code).toBe(0);
  expect((await sovfn(['signers', 'require', ...withAda])).stderr).toContain('signed by nobody on the list: hello');
  const signed = await sovfn(['deploy'], { env: { SOVFN_SIGN_KEY: 'ada.key' } });
  expect(signed.stderr).toBe(`signed for the tenant main with the key ${ada.keyId}\n`);
  expect((await sovfn(['signers', 'require', ...withAda])).stdout).toContain('Nothing of main runs that no signer');
  const called = await fetch(`${platform.publicUrl}/fn/hello/`);
  expect(await called.text()).toBe('bonjour');
  expect((await sovfn(['versions', 'hello'])).stdout).toContain(ada.keyId);
  expect(await receiptOf(called.headers.get('sovfn-invocation')!)).toContain(`signed by  ${ada.keyId}\n`);
  expect((await sovfn(['signers', 'remove', 'ada', ...withAda])).stderr).toContain('ada is the last one who can sign');
  await sovfn(['signers', 'add', 'grace', grace.publicKey, ...withAda]);
  const removed = await sovfn(['signers', 'remove', 'ada', '--stop-versions', '--sign-key', 'grace.key']);
  expect(removed.stdout).toContain('Not signed by anybody on the list: hello.');
  const refused = await stopped();
  expect(await refused.json()).toMatchObject({
    code: 'version-untrusted',
    hint: expect.stringContaining('--sign-key') as string,
  });
  const stolen = await sovfn(['signers', 'require', '--off', ...withAda]);
  expect(stolen.stderr).toContain(
    `the key ${ada.keyId} is of no signer of tenant "main" that can sign (signature-refused)`,
  );
  expect((await sovfn(['deploy', '--sign-key', 'grace.key'])).code).toBe(0);
}, 60_000);

/** Receipts are signed and stored a moment after the call. */
async function receiptOf(invocation: string): Promise<string> {
  for (;;) {
    const { code, stdout } = await sovfn(['receipts', 'get', invocation]);
    if (code === 0 && stdout.includes('runtime')) return stdout;
  }
}

/** The node hears of the list a moment later. */
async function stopped(): Promise<Response> {
  for (;;) {
    const response = await fetch(`${platform.publicUrl}/fn/hello/`);
    if (response.status !== 200) return response;
  }
}
