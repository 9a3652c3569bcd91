import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WEBHOOK_PROVIDERS } from '@sovfn/protocol';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Given, runInProcess } from './run-in-process.ts';

/** Bytes that no parser would write again like this. */
const BODY = '{ "id": "evt_1",\n "type": "invoice.paid", "amount": 1.0, "name": "Cr\\u00e8me" }\r\n';
const CODE = `
export default {
  async fetch(request) {
    const facts = ['sovfn-webhook', 'sovfn-webhook-provider'].map((name) => request.headers.get(name)).join(' ');
    return new Response(await request.arrayBuffer(), { headers: { 'x-facts': facts } });
  },
};
`;

let platform: TestPlatform;
let folder: TemporaryFolder;
beforeAll(async () => {
  platform = await startPlatform();
  folder = await makeTemporaryFolder('webhooks');
  await writeFile(join(folder.path, 'event.json'), BODY);
  const webhooks = WEBHOOK_PROVIDERS.map((provider) => ({
    ...{ name: provider, provider, secret: provider === 'basic' ? 'USER' : 'KEY' },
    ...(provider === 'hmac' && { signature: { header: 'x-sign' }, idHeader: 'x-id' }),
  }));
  const unset = { name: 'unset', provider: 'github', secret: 'UNSET' };
  await platform.deploy({ name: 'sink', code: CODE, config: { webhooks: [...webhooks, unset] } });
  await sovfn(['secrets', 'set', 'sink', 'KEY'], { stdin: `whsec_${randomBytes(32).toString('base64')}` });
  await sovfn(['secrets', 'set', 'sink', 'USER'], { stdin: 'erp:secret' });
}, 120_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const sovfn = (argv: readonly string[], given: Given = {}) =>
  runInProcess(argv, { cwd: folder.path, ...given, env: { ...platform.environment, ...given.env } });
const send = (webhook: string, ...more: string[]) =>
  sovfn(['webhook', 'send', 'sink', webhook, '--file', 'event.json', ...more]);

test.each(WEBHOOK_PROVIDERS)(
  'a test delivery of %s is signed, accepted, and run with its bytes untouched',
  async (provider) => {
    const sent = await send(provider, '--provider', provider);
    expect(sent.stderr).toBe('');
    expect(sent.code).toBe(0);
    const [, event = '', url] = /^✔ 200 ([0-9a-z]{26}) {2}→ {2}(\S+)\n$/.exec(sent.stdout) ?? [];
    expect(url).toBe(`${platform.publicUrl}/hooks/sink/${provider}`);
    await expect.poll(async () => (await shown(event))['state'], { timeout: 20_000 }).toBe('succeeded');
    expect((await sovfn(['outputs', 'get', event])).stdoutBytes.toString()).toBe(BODY);
  },
);

test('a delivery with the id of an earlier one is told to be a repetition', async () => {
  const again = ['--id', 'twice'];
  const first = await send('github', ...again);
  const second = await send('github', ...again);
  expect(second.stdout).toBe(first.stdout);
  expect(second.stderr).toBe('The delivery was accepted before: nothing runs again.\n');
  const json = await send('github', ...again, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ status: 200, isDuplicate: true, webhook: 'github' });
});

test('the body may come from stdin, and what only asks for an answer makes no event', async () => {
  const argv = ['webhook', 'send', 'sink', 'slack', '--file', '-'];
  const { code, stdout } = await sovfn(argv, { stdin: '{"type":"url_verification","challenge":"x"}' });
  expect([code, stdout]).toEqual([0, `✔ 200 answered without an event  →  ${platform.publicUrl}/hooks/sink/slack\n`]);
});

test.each<[string, readonly string[], string, string]>([
  ['no body', ['sink', 'stripe'], 'there is nothing to send', 'Give the body with --file event.json'],
  [
    'a file that is not there',
    ['sink', 'stripe', '--file', 'absent.json'],
    'absent.json cannot be read: there is no such file or folder',
    '',
  ],
  [
    'a provider that is none',
    ['sink', 'stripe', '--provider', 'strip'],
    '"strip" is no provider',
    'Did you mean stripe?',
  ],
  [
    'another provider than the webhook’s',
    ['sink', 'github', '--file', 'event.json', '--provider', 'stripe'],
    'is of the provider "github", not "stripe"',
    'Leave the provider out',
  ],
  ['an unknown webhook', ['sink', 'strip', '--file', 'event.json'], 'has no webhook "strip"', 'Did you mean "stripe"?'],
  [
    'a secret that is not set',
    ['sink', 'unset', '--file', 'event.json'],
    '"UNSET" is not set',
    'sovfn secrets set sink',
  ],
])('%s is refused, with what to do', async (_what, words, reason, hint) => {
  const { code, stdout, stderr } = await sovfn(['webhook', 'send', ...words]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(reason);
  expect(stderr).toContain(hint);
});

test('in French, people are answered in French', async () => {
  const french = { env: { LANG: 'fr_FR.UTF-8' } };
  const argv = ['webhook', 'send', 'sink', 'github', '--file', 'event.json', '--id', 'deux'];
  await sovfn(argv, french);
  expect((await sovfn(argv, french)).stderr).toContain('avait déjà été acceptée');
});

async function shown(event: string): Promise<Record<string, unknown>> {
  const { stdout } = await sovfn(['events', 'show', event, '--json']);
  return JSON.parse(stdout) as Record<string, unknown>;
}
