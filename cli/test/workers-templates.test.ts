/** The projects that Cloudflare's own generator makes, imported and deployed as it ships them, and called. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInProcess, type Written } from './run-in-process.ts';

const TEMPLATES = join(dirname(createRequire(import.meta.url).resolve('create-cloudflare')), '..', 'templates');
const FETCH = '≠ fetch: Functions reach only what "egress" lists. List the origins that the code fetches.';

let platform: TestPlatform;
let home: TemporaryFolder;
beforeAll(async () => {
  platform = await startPlatform();
  home = await makeTemporaryFolder('workers');
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const sovfn = (argv: readonly string[], cwd: string): Promise<Written> =>
  runInProcess(argv, { cwd, env: { ...platform.environment } });

/** A project as the generator leaves it: with a name and a date. */
async function generate(template: string, name: string): Promise<string> {
  const folder = join(home.path, name);
  await cp(join(TEMPLATES, template), folder, { recursive: true });
  const file = join(folder, 'wrangler.jsonc');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replaceAll('<WORKER_NAME>', name).replaceAll('<COMPATIBILITY_DATE>', '2026-11-01'));
  return folder;
}

/** Imports and deploys it. Resolves to what the import had to say. */
async function bringOver(folder: string): Promise<string[]> {
  const { code, stderr } = await sovfn(['import', '--wrangler'], folder);
  expect(code).toBe(0);
  expect(await sovfn(['deploy'], folder)).toMatchObject({ code: 0 });
  return stderr.trimEnd().split('\n').slice(0, -1);
}

/** What functions have logged, as it comes. */
const logOf = async (name: string): Promise<string> => (await sovfn(['logs', name], home.path)).stdout;

test.each(['ts', 'js'])('hello-world (%s) answers', async (language) => {
  const name = `hello-${language}`;
  expect(await bringOver(await generate(`hello-world/${language}`, name))).toEqual([FETCH]);
  expect(await (await platform.call(`/fn/${name}/`)).text()).toBe('Hello World!');
});

test.each(['ts', 'js'])('scheduled (%s) runs when its cron says, with the cron', async (language) => {
  const name = `scheduled-${language}`;
  const folder = await generate(`scheduled/${language}`, name);
  expect(await bringOver(folder)).toEqual([
    '≠ triggers.crons: They run in UTC, as before. Set "timezone" for local time, and choose "overlap" and "missed".',
    FETCH,
  ]);
  // It asks a host on the internet, which a test does not.
  const source = join(folder, 'src', `index.${language}`);
  await writeFile(source, (await readFile(source, 'utf8')).replace(/await fetch\(.*\)/, 'new Response()'));
  expect(await sovfn(['deploy'], folder)).toMatchObject({ code: 0 });
  expect(await sovfn(['schedules', 'run', name, 'cron'], folder)).toMatchObject({ code: 0 });
  await expect.poll(() => logOf(name)).toContain('trigger fired at * * * * *: success');
});

test.each(['ts', 'js'])('queues (%s) gets what it has sent', async (language) => {
  const name = `queues-${language}`;
  expect(await bringOver(await generate(`queues/${language}`, name))).toEqual([FETCH]);
  expect(await (await platform.call(`/fn/${name}/`)).text()).toBe('Sent message to the queue');
  await expect.poll(() => logOf(name)).toMatch(/message \S+ processed: \{"url":"/);
});

test.each([
  ['hello-world-with-assets/ts', '✖ assets: There are no static files: '],
  ['hello-world-durable-object/ts', '✖ durable_objects: There are no durable objects. '],
  ['hello-world-workflows/ts', '✖ workflows: Chain events: '],
])('what %s needs and is not here is said by the import', async (template, said) => {
  const folder = await generate(template, template.replaceAll('/', '-'));
  const { code, stderr } = await sovfn(['import', '--wrangler'], folder);
  expect([code, stderr]).toEqual([0, expect.stringContaining(said)]);
});

test('an import that only Workers have is refused with what takes its place', async () => {
  const folder = await generate('hello-world-durable-object/js', 'objects');
  await sovfn(['import', '--wrangler'], folder);
  const { code, stderr } = await sovfn(['build'], folder);
  expect(code).toBe(1);
  expect(stderr).toContain('"cloudflare:workers" is an import by "cloudflare:", which no function can make');
  expect(stderr).toContain('→ Handlers get env and ctx as arguments; `sovfn import --wrangler` says what');
});
