/** A zone gets its first node in a further country, as a tenant sees it on the command line of a whole platform. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, makeTemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningPlatform, upPlatform } from '../src/platform/index.ts';
import { makeHome, type PlatformHome, somePorts } from './platform/platform-home.ts';
import { runInProcess, startInProcess, type Written } from './run-in-process.ts';

let home: PlatformHome;
let elsewhere: Awaited<ReturnType<typeof makeTemporaryFolder>>;
let platform: RunningPlatform;
let node: { readonly end: AbortController; readonly code: Promise<unknown> } | null = null;

beforeAll(async () => {
  home = await makeHome();
  elsewhere = await makeTemporaryFolder('elsewhere');
  const listenNodes = { host: '127.0.0.1', port: await freePort() };
  platform = await upPlatform({
    ...{ data: home.data, ports: await somePorts(), environment: home.environment, place: { country: 'FR' } },
    ...{ fleet: { listenNodes, zones: ['fr', 'eu'] }, onProgress: () => undefined },
  });
  for (const [name, residency] of [
    ['desk', 'fr'],
    ['ward', 'eu'],
    ['yard', 'eu'],
  ] as const) {
    await mkdir(join(elsewhere.path, name));
    const code = `export default { async fetch() { return new Response('ran'); } };`;
    await writeFile(join(elsewhere.path, name, 'index.ts'), code);
    const config = JSON.stringify({ name, main: 'index.ts', residency });
    await writeFile(join(elsewhere.path, name, 'sovfn.jsonc'), config);
    expect(await sovfn('deploy', name)).toMatchObject({ code: 0 });
  }
}, 180_000);

afterAll(async () => {
  node?.end.abort(new Error('the test ends it'));
  await node?.code;
  await platform.stop();
  await home[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
}, 60_000);

const sovfn = (...argv: string[]): Promise<Written> =>
  runInProcess(argv, { env: home.environment, cwd: elsewhere.path });

async function startBonn(): Promise<void> {
  expect(await sovfn('nodes', 'add', 'bonn', '--country', 'DE')).toMatchObject({ code: 0 });
  const end = new AbortController();
  const options = { env: home.environment, cwd: elsewhere.path, signal: end.signal };
  const started = startInProcess(
    ['node', '--data', join(elsewhere.path, 'data-bonn'), '--enrol', 'bonn.json'],
    options,
  );
  node = { end, code: started.code };
  await started.untilStderr('Ctrl-C');
}

const list = async (): Promise<string[]> => (await sovfn('countries', 'list')).stdout.trimEnd().split(/ *\n/);

test('while no country waits, `countries list` shows where functions run, and nobody is told anything', async () => {
  expect((await list()).slice(1)).toEqual([
    expect.stringMatching(/^desk +fr +FR +none$/),
    expect.stringMatching(/^ward +eu +FR +none$/),
    expect.stringMatching(/^yard +eu +FR +none$/),
  ]);
  expect((await sovfn('status')).stderr).not.toContain('countries');
  expect((await sovfn('countries', 'accept', 'DE')).stderr).toContain('No function waits for DE.');
});

test('when a country waits, `status` and `deploy` say so in one line', async () => {
  await startBonn();
  await expect.poll(list).toContainEqual(expect.stringMatching(/^ward +eu +FR +DE$/));
  expect((await sovfn('status')).stderr).toBe(
    'Nodes in DE are not used before you accept that: sovfn countries list\n',
  );
  expect((await sovfn('deploy', 'ward')).stderr).toContain(
    'ward does not run on nodes in DE before you accept that: sovfn countries accept DE --function ward\n',
  );
  expect((await sovfn('deploy', 'desk')).stderr).not.toContain('countries');
});

test('`countries accept` takes a country for one function, or for all that wait for it', async () => {
  const one = await sovfn('countries', 'accept', 'DE', '--function', 'ward', '--json');
  expect(JSON.parse(one.stdout)).toEqual({
    v: 1,
    functions: [{ v: 1, function: 'ward', zone: 'eu', accepted: ['DE', 'FR'], waiting: [] }],
  });
  const rest = await sovfn('countries', 'accept', 'DE');
  expect(rest.stdout).toBe('✔ yard: may run in DE from now on. It is in the audit log.\n');
  expect((await list()).slice(1)).toEqual([
    expect.stringMatching(/^desk +fr +FR +none$/),
    expect.stringMatching(/^ward +eu +DE, FR +none$/),
    expect.stringMatching(/^yard +eu +DE, FR +none$/),
  ]);
  expect((await sovfn('nodes', 'drain', 'node-1')).code).toBe(0);
  const answer = await fetch(`${platform.facts.urls.public}/fn/ward/`);
  expect([answer.status, answer.headers.get('sovfn-node')]).toEqual([200, 'bonn']);
});

test('`countries withdraw` takes it back: calls run where they ran before, and the last country stays', async () => {
  expect((await sovfn('countries', 'withdraw', 'FR', '--function', 'ward')).code).toBe(0);
  const only = await sovfn('countries', 'withdraw', 'DE', '--function', 'ward');
  expect(only).toMatchObject({ code: 1 });
  expect(only.stderr).toContain('"ward" runs in DE only, in zone "eu"');
  const yard = await sovfn('countries', 'withdraw', 'DE');
  expect(yard.stdout).toBe('✔ yard: not in DE any more. Calls that run there finish; it is in the audit log.\n');
  expect((await list()).slice(1)).toEqual([
    expect.stringMatching(/^desk +fr +FR +none$/),
    expect.stringMatching(/^ward +eu +DE +FR$/),
    expect.stringMatching(/^yard +eu +FR +DE$/),
  ]);
  expect((await sovfn('countries', 'withdraw', 'DE')).stderr).toContain('No function may run in DE and elsewhere.');
  // Its French node takes no further calls, and the German one must not.
  const answer = await fetch(`${platform.facts.urls.public}/fn/yard/`);
  expect([answer.status, answer.headers.get('sovfn-node')]).not.toEqual([200, 'bonn']);
});

test('what is no country, or one that the zone cannot be in, is refused', async () => {
  expect((await sovfn('countries', 'accept', 'de')).stderr).toContain('two capital letters, such as DE');
  const abroad = await sovfn('countries', 'accept', 'US', '--function', 'ward');
  expect(abroad).toMatchObject({ code: 1 });
  expect(abroad.stderr).toContain('"ward" has no version whose zone could get a node in US');
});
