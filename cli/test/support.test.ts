import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Given, runInProcess } from './run-in-process.ts';

let platform: TestPlatform;
let owner: string;
beforeAll(async () => {
  platform = await startPlatform();
  await sovfn(['tenants', 'create', 'acme']);
  owner = (await sovfn(['tokens', 'create', 'first', '--tenant', 'acme', '--role', 'owner'])).stdout.trim();
}, 120_000);
afterAll(() => platform[Symbol.asyncDispose]());

const sovfn = (argv: readonly string[], given: Given = {}) =>
  runInProcess(argv, { ...given, env: { ...platform.environment, ...given.env } });
const asOwner = (env: NodeJS.ProcessEnv = {}): Given => ({ env: { SOVFN_TOKEN: owner, ...env } });

test('an operator reads of a tenant between `support grant` and `support revoke`, and is told how to ask before and after', async () => {
  const readings = [
    ['list'],
    ['outputs', 'list', 'ledger'],
    ['events', 'list', 'ledger'],
    ['dlq', 'list', 'ledger'],
  ].map((argv) => [...argv, '--tenant', 'acme']);
  const refusedAll = async () => {
    for (const argv of readings) {
      const { code, stderr } = await sovfn(argv);
      expect([argv, code]).toEqual([argv, 1]);
      expect(stderr).toBe(
        '✖ the tenant "acme" has not agreed to support access (support-consent-required)\n' +
          '  → An owner of the tenant agrees, for a time, with: `sovfn support grant --ttl 2h`.\n',
      );
    }
  };
  await refusedAll();
  const granted = await sovfn(['support', 'grant', '--ttl', '2h', '--reason', 'ticket 4711'], asOwner());
  const [, id] = /^✔ The operator may read .* of acme until \d{4}-.*: sovfn support revoke (\w{16})\n$/.exec(
    granted.stdout,
  )!;
  for (const argv of readings) expect([argv, (await sovfn(argv)).code]).toEqual([argv, 0]);
  expect((await sovfn(['show', 'ledger', '--tenant', 'acme'])).stderr).toContain('(function-not-found)');
  expect((await sovfn(['logs', 'ledger', '--tenant', 'acme'])).stderr).toContain('(function-not-found)');
  const listed = await sovfn(['support', 'list', '--tenant', 'acme']);
  expect(listed.stdout).toMatch(new RegExp(`\\n${id} {2}active {2}\\w{16} {2}.* {2}ticket 4711\\n$`));
  expect(await sovfn(['support', 'revoke', id!], asOwner())).toMatchObject({ code: 0 });
  await refusedAll();
  expect((await sovfn(['support', 'list'], asOwner())).stdout).toContain('taken back');
  const { stdout } = await sovfn(['audit', 'list', '--limit', '200'], asOwner());
  for (const action of ['supportGranted', 'supportUsed', 'revokeSupport', 'supportRefused'])
    expect(stdout).toContain(action);
});

test('an agreement without a time is refused: the option that is missing is named', async () => {
  const { code, stderr } = await sovfn(['support', 'grant'], asOwner());
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      '✖ --ttl is missing: an agreement ends by itself (usage)\n' +
      '  → Write a number and a unit, such as 2h: from 1s up to 7d.\n',
  });
});

test.each(['', '0s', '8d', 'tomorrow'])('a time of "%s" is refused', async (ttl) => {
  const { code, stderr } = await sovfn(['support', 'grant', '--ttl', ttl], asOwner());
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `✖ --ttl is "${ttl}" (usage)\n  → Write a number and a unit, such as 2h: from 1s up to 7d.\n`,
  });
});

test('in French it says the same', async () => {
  const env = { LANG: 'fr_FR.UTF-8' };
  const { stdout } = await sovfn(['support', 'grant', '--ttl', '1m'], asOwner(env));
  expect(stdout).toContain("✔ L'exploitant peut lire les journaux, les sorties et les événements de acme jusqu'à");
  expect((await sovfn(['support', 'list'], asOwner(env))).stdout).toContain('en vigueur');
});
