import { createHash, generateKeyPairSync } from 'node:crypto';
import { cp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExportedEvent } from '@sovfn/protocol';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Given, runInProcess } from './run-in-process.ts';
import { startWorkerd } from './workerd.ts';

const CODE = `
const words = new Map([['fr', 'Bonjour'], ['en', 'Hello']]);
export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.endsWith('/fail')) return new Response('no', { status: 503 });
    if (pathname.endsWith('/secret')) return new Response(String(env.KEY.length));
    const greeting = words.get(searchParams.get('lang') ?? env.LANGUAGE);
    const body = request.method === 'POST' ? await request.text() : 'monde';
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
    return Response.json({ text: greeting + ' ' + body, hash: new Uint8Array(hash).toHex() }, { status: 201, headers: { 'x-kind': 'greeting' } });
  },
  async scheduled() {},
};`;
const CONFIG = {
  vars: { LANGUAGE: 'fr' },
  secrets: [{ name: 'KEY', expose: true }],
  schedules: [
    { name: 'nightly', cron: '30 2 * * *', timezone: 'Europe/Paris' },
    { name: 'weekly', cron: '0 4 * * 1' },
  ],
  egress: ['https://api.insee.fr'],
  retry: { attempts: 1, minDelay: '1s', maxDelay: '1s' },
  outputs: 'all',
};
const SECRET = 'canary-of-a-secret';
const BODY = 'canary-of-a-body é';

let platform: TestPlatform;
let elsewhere: TestPlatform;
let folder: TemporaryFolder;
let taken: string;

beforeAll(async () => {
  folder = await makeTemporaryFolder('export');
  [platform, elsewhere] = await Promise.all([startPlatform(), startPlatform()]);
  for (const name of ['export-key', 'other-key']) {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    await writeFile(join(folder.path, `${name}.pem`), privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await writeFile(join(folder.path, `${name}.pub.pem`), publicKey.export({ format: 'pem', type: 'spki' }));
  }
  await sovfn(['secrets', 'set', 'greeter', 'KEY'], { stdin: SECRET });
  await platform.deploy({ name: 'greeter', code: CODE, config: CONFIG });
  await sovfn(['schedules', 'pause', 'greeter', 'weekly']);
  expect((await platform.call('/fn/greeter/')).status).toBe(201);
  for (const path of ['/fn/greeter/', '/fn/greeter/fail']) {
    const init = {
      method: 'POST',
      body: BODY,
      headers: { prefer: 'respond-async', authorization: 'Bearer of-a-caller' },
    };
    expect((await platform.call(path, init)).status).toBe(202);
  }
  await vi.waitFor(async () => expect(await statesOfEvents()).toEqual(['dead-lettered', 'succeeded']), 60_000);
  const made = await sovfn(['export', '--out', 'taken', '--key', 'export-key.pub.pem', '--json']);
  expect(made).toMatchObject({ code: 0 });
  taken = join(folder.path, 'taken');
}, 180_000);

afterAll(async () => {
  await elsewhere[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const sovfn = (argv: readonly string[], given: Given = {}, on = platform) =>
  runInProcess(argv, { cwd: folder.path, ...given, env: { ...on.environment, ...given.env } });

async function statesOfEvents(): Promise<string[]> {
  const { stdout } = await sovfn(['events', 'list', 'greeter', '--json']);
  return (JSON.parse(stdout) as { events: { state: string }[] }).events.map(({ state }) => state).toSorted();
}

const text = (path: string, of = taken): Promise<string> => readFile(join(of, 'functions/greeter', path), 'utf8');
const json = async (path: string, of = taken): Promise<unknown> => JSON.parse(await text(path, of));

test('an export holds code, settings, outputs, events with their bodies, and receipts that verify', async () => {
  const [output] = await readdir(join(taken, 'functions/greeter/outputs'));
  expect((await readdir(join(taken, 'functions/greeter/outputs'))).length).toBe(2);
  expect(await text(`outputs/${output!}/body`)).toMatch(/"text":"Bonjour (monde|canary-of-a-body é)"/);
  expect(await json(`outputs/${output!}/output.json`)).toMatchObject({ status: 201, function: 'greeter' });
  const events = (await text('events.jsonl'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ExportedEvent);
  for (const event of events) {
    expect(event).toMatchObject({
      specversion: '1.0',
      source: '/main/greeter',
      type: 'sovfn.event.async',
      sovfnmethod: 'POST',
    });
    expect(Buffer.from(event.data_base64!, 'base64').toString()).toBe(BODY);
    expect(JSON.parse(event.sovfnheaders!)).toContain('Bearer of-a-caller');
  }
  expect(events.map(({ sovfnstate }) => sovfnstate).toSorted()).toEqual(['dead-lettered', 'succeeded']);
  const receipts = await readdir(join(taken, 'functions/greeter/receipts'));
  expect(receipts.length).toBe(3);
  const key = join(platform.data, 'platform-key.json');
  for (const receipt of receipts) {
    const file = join(taken, 'functions/greeter/receipts', receipt);
    expect(await sovfn(['receipts', 'verify', file, '--key', key])).toMatchObject({ code: 0 });
  }
  expect(await json('function.json')).toMatchObject({
    name: 'greeter',
    schedules: [
      { name: 'nightly', isPaused: false },
      { name: 'weekly', isPaused: true },
    ],
  });
});

test('no secret is in an export in clear, and each opens with the key that it was exported for', async () => {
  for (const file of await readdir(taken, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    expect((await readFile(join(file.parentPath, file.name))).includes(SECRET)).toBe(false);
  }
  const wrong = await sovfn(['import', 'taken', '--key', 'other-key.pem', '--accept-egress'], {}, elsewhere);
  expect(wrong.stderr).toContain(
    'functions/greeter/secrets.json of the export cannot be used: it does not open with this key as KEY of greeter',
  );
  expect((await elsewhere.call('/fn/greeter/')).status).toBe(404);
});

test('what is imported elsewhere answers the same, and its export is the same again', async () => {
  const dry = await sovfn(['import', 'taken', '--key', 'export-key.pem', '--dry-run'], {}, elsewhere);
  expect(dry).toMatchObject({ code: 0, stdout: '' });
  expect(dry.stderr).toContain('may reach https://api.insee.fr');
  expect((await elsewhere.call('/fn/greeter/')).status).toBe(404);
  const put = await sovfn(['import', 'taken', '--key', 'export-key.pem'], {}, elsewhere);
  expect(put).toMatchObject({ code: 0 });
  expect(put.stdout).toMatch(/^✔ greeter answers {2}→ {2}http.*\/fn\/greeter\/\n$/);
  for (const path of ['/fn/greeter/', '/fn/greeter/?lang=en', '/fn/greeter/secret']) {
    const [here, there] = await Promise.all([
      answerOf(platform.publicUrl + path),
      answerOf(elsewhere.publicUrl + path),
    ]);
    expect(there).toEqual(here);
  }
  const again = await sovfn(['export', 'greeter', '--out', 'again', '--key', 'export-key.pub.pem'], {}, elsewhere);
  expect(again).toMatchObject({ code: 0 });
  const second = join(folder.path, 'again');
  for (const file of ['manifest.json', 'bundle.mjs', 'bundle.mjs.map', 'function.json']) {
    expect(await text(file, second)).toBe(await text(file));
  }
});

test('an exported fetch handler answers the same under stock workerd', async () => {
  const bindings = { LANGUAGE: CONFIG.vars.LANGUAGE, KEY: SECRET };
  await cp(join(taken, 'functions/greeter/bundle.mjs'), join(folder.path, 'workerd/bundle.mjs'));
  await using workerd = await startWorkerd(join(folder.path, 'workerd/bundle.mjs'), bindings);
  for (const path of ['/', '/?lang=en', '/secret', '/fail']) {
    const here = await answerOf(`${platform.publicUrl}/fn/greeter${path}`, BODY);
    expect(await answerOf(workerd.url + path, BODY)).toEqual(here);
  }
});

async function answerOf(url: string, body?: string) {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body });
  const { status, headers } = response;
  return { status, type: headers.get('content-type'), kind: headers.get('x-kind'), body: await response.text() };
}

const INDEX = 'index.jsonl';
const tampered: readonly [string, (copy: string) => Promise<void>, string][] = [
  [
    'altered code',
    (copy) => alter(copy, 'functions/greeter/bundle.mjs', 'Bonjour', 'Bonsoir'),
    'bundle.mjs of the export cannot be used: its SHA-256 is',
  ],
  [
    'a missing file',
    (copy) => rm(join(copy, 'functions/greeter/manifest.json')),
    'manifest.json of the export cannot be used: it is not there',
  ],
  [
    'an index that was cut',
    async (copy) =>
      writeFile(join(copy, INDEX), (await readFile(join(copy, INDEX), 'utf8')).split('\n').slice(0, -2).join('\n')),
    'its last line is missing',
  ],
  ['a path above the folder', (copy) => withEntry(copy, '../outside'), 'must stay inside the folder of the export'],
  ['an absolute path', (copy) => withEntry(copy, '/etc/passwd'), 'must stay inside the folder of the export'],
  [
    'a link to a file elsewhere',
    async (copy) => {
      const bundle = join(copy, 'functions/greeter/bundle.mjs');
      await rename(bundle, join(folder.path, 'outside.mjs'));
      await symlink(join(folder.path, 'outside.mjs'), bundle);
    },
    'it is no plain file inside the folder',
  ],
  [
    'a link to a folder elsewhere',
    async (copy) => {
      await rename(join(copy, 'functions'), `${copy}-functions`);
      await symlink(`${copy}-functions`, join(copy, 'functions'));
    },
    'it is no plain file inside the folder',
  ],
];

test.each(tampered)('an export with %s is refused, and changes nothing', async (what, tamper, reason) => {
  const copy = join(folder.path, `copy-${createHash('sha256').update(what).digest('hex').slice(0, 8)}`);
  await cp(taken, copy, { recursive: true });
  await tamper(copy);
  const { code, stderr } = await sovfn(['import', copy, '--accept-egress'], {}, elsewhere);
  expect(stderr).toContain(reason);
  expect(code).toBe(1);
});

async function alter(copy: string, path: string, from: string, to: string): Promise<void> {
  const file = join(copy, path);
  await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
}

/** Another file in an index that is whole. */
async function withEntry(copy: string, path: string): Promise<void> {
  const lines = (await readFile(join(copy, INDEX), 'utf8')).trim().split('\n');
  const end = JSON.parse(lines.pop()!) as { files: number };
  const before = `${[...lines, JSON.stringify({ path, bytes: 1, sha256: '0'.repeat(64) })].join('\n')}\n`;
  const sha256 = createHash('sha256').update(before).digest('hex');
  await writeFile(join(copy, INDEX), `${before}${JSON.stringify({ files: end.files + 1, sha256 })}\n`);
  await writeFile(join(dirname(copy), 'outside'), 'x');
}

test('a token without the scope export takes nothing away, and both are in the audit log', async () => {
  const developer = JSON.parse((await sovfn(['tokens', 'create', 'dev', '--role', 'developer', '--json'])).stdout) as {
    secret: string;
  };
  const env = { SOVFN_TOKEN: developer.secret };
  const refused = await sovfn(['export', 'greeter', '--out', 'refused'], { env });
  expect(refused.stderr).toContain('does not have the scope "export"');
  const { stdout } = await sovfn(['audit', 'list', '--json', '--limit', '100']);
  const actions = (JSON.parse(stdout) as { entries: { action: string }[] }).entries.map(({ action }) => action);
  for (const action of ['exportCode', 'exportSecrets', 'accessRefused']) expect(actions).toContain(action);
});

test('an export needs a folder that is not there, and a public key', async () => {
  expect((await sovfn(['export'])).stderr).toContain('Add --out');
  expect((await sovfn(['export', '--out', 'taken'])).stderr).toContain('taken exists');
  expect((await sovfn(['export', '--out', 'x', '--key', 'export-key.pem'])).stderr).toContain('holds a private key');
});
