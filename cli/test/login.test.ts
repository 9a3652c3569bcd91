import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logInByBrowser, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import { runInProcess, startInProcess } from './run-in-process.ts';

const CLIENT = 'sovfn-cli';

let home: TemporaryFolder;
let issuer: OidcIssuer;
let platform: TestPlatform;

beforeAll(async () => {
  home = await makeTemporaryFolder('login');
  issuer = await startOidcIssuer(CLIENT);
  const oidcFile = join(home.path, 'trust.json');
  const rule = { issuer: issuer.url, tenant: 'main', minutes: 60 };
  const trust = {
    v: 1,
    issuers: [{ issuer: issuer.url, audience: CLIENT, clientId: CLIENT }],
    rules: [
      { ...rule, name: 'ada', claims: { sub: 'ada' }, role: 'developer' },
      { ...rule, name: 'olga', claims: { sub: 'olga' }, role: 'operator' },
    ],
  };
  await writeFile(oidcFile, JSON.stringify(trust));
  platform = await startPlatform({ oidcFile });
}, 120_000);

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const given = () => ({ cwd: home.path, env: { XDG_CONFIG_HOME: home.path } });
const sovfn = (...argv: readonly string[]) => runInProcess(argv, given());

/** Begins a login, and finds the address that a person is to open. */
function beginLogin() {
  const run = startInProcess(['login', platform.controlUrl], given());
  return { run, start: run.untilStderrMatches(/http\S+\n/).then((found) => found.trim()) };
}

test('a person logs in with a browser, and commands use the platform until they log out', async () => {
  const { run, start } = beginLogin();
  const back = await logInByBrowser(await start, 'ada');
  // Somebody else reaches the address first: the login waits for its own answer.
  const stranger = new URL(back);
  stranger.searchParams.set('state', 'another');
  expect((await fetch(stranger)).status).toBe(400);
  expect(await (await fetch(back)).text()).toBe('You are logged in. You can close this page.\n');
  expect(await run.code).toBe(0);
  expect((await run.stdoutBytes).toString()).toMatch(/^✔ logged in by the rule ada, tenant main, until \d{4}-/);
  expect(await sovfn('list')).toMatchObject({ code: 0 });
  const refused = await sovfn('tokens', 'list');
  expect(refused.stderr).toContain('does not have the scope "tokens:write"');

  expect((await sovfn('logout')).stdout).toContain('is forgotten');
  expect((await sovfn('list')).code).toBe(1);
});

test('an operator who logs in says where the operator’s listener is, too', async () => {
  const run = startInProcess(['login', platform.controlUrl, '--operator', platform.operatorUrl], given());
  await fetch(await logInByBrowser(await run.untilStderrMatches(/http\S+\n/).then((found) => found.trim()), 'olga'));
  expect(await run.code).toBe(0);
  expect(await sovfn('tenants', 'list')).toMatchObject({ code: 0 });
  expect(await sovfn('list')).toMatchObject({ code: 0 });
});

test('a code is of use once, and to whoever began the login only', async () => {
  const { run, start } = beginLogin();
  const asked = new URL(await start);
  const back = await logInByBrowser(asked.href, 'ada');
  const form = {
    ...{ grant_type: 'authorization_code', client_id: CLIENT, code: back.searchParams.get('code')! },
    redirect_uri: asked.searchParams.get('redirect_uri')!,
  };
  const exchange = (more: object) =>
    fetch(`${issuer.url}/token`, { method: 'POST', body: new URLSearchParams({ ...form, ...more }) });
  // Without what only the command line knows, the code is nothing.
  expect((await exchange({ code_verifier: 'x'.repeat(43) })).status).toBe(400);
  await fetch(back);
  expect(await run.code).toBe(0);
  // Used up: RFC 6749, section 4.1.2.
  expect((await exchange({ code_verifier: 'x'.repeat(43) })).status).toBe(400);
});

test('who fits no rule is not let in', async () => {
  const { run, start } = beginLogin();
  await fetch(await logInByBrowser(await start, 'eve'));
  expect(await run.code).toBe(1);
  expect((await run.stderr).toString()).toContain('no rule fits its claims');
});

test('a person who declines at the issuer is told so', async () => {
  const { run, start } = beginLogin();
  const asked = new URL(await start);
  const back = new URL(asked.searchParams.get('redirect_uri')!);
  back.search = new URLSearchParams({ state: asked.searchParams.get('state')!, error: 'access_denied' }).toString();
  await fetch(back);
  expect(await run.code).toBe(1);
  expect((await run.stderr).toString()).toContain(`${issuer.url} has refused the login: access_denied`);
});
