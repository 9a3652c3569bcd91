/**
 * A site without any network: the archive is checked, unpacked and used there, and nothing that it starts tries to reach another
 * machine. Nothing of this machine is used but `sh`, `tar`, `sha256sum` and `openssl`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClosedNetwork } from './hosts/closed-network.ts';
import { whyNoNamespaces } from './hosts/namespace.ts';

const obstacle = whyNoNamespaces();
if (obstacle !== null)
  console.warn(`NOT COUNTED: no network namespaces can be made here, so no closed site: ${obstacle}`);

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A minute at most on a machine that has nothing else to do. */
const LONG_MS = 360_000;
/** Of the archive, as from its folder. */
const NODE = 'sovfn/node_modules/.bin/node';
const command = (): string => join(home.path, 'sovfn/bin/sovfn');
const SECRET = 'whsec_of-the-closed-site';
const PAYMENT = {
  id: 'evt_1',
  type: 'payment_intent.succeeded',
  data: { object: { id: 'pi_417', amount: 1_250, currency: 'eur' } },
};

let home: TemporaryFolder;
let network: ClosedNetwork | null = null;

beforeAll(async () => {
  home = await makeTemporaryFolder('closed');
  if (obstacle === null) network = await ClosedNetwork.open(home.path);
  await makeArchive();
}, LONG_MS);

afterAll(async () => {
  await network?.[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

test('the archive is verified without a network, by its key and its sums, and not when a byte of it is another', async () => {
  expect(await openssl('SHA256SUMS')).toContain('Signature Verified Successfully');
  expect(await inside('sha256sum', ['-c', 'SHA256SUMS'])).toMatch(/^sovfn-.*\.tar\.gz: OK\n$/);
  await writeFile(join(home.path, 'forged'), 'f'.repeat(64) + '  sovfn.tar.gz\n');
  await expect(openssl('forged')).rejects.toThrow('Signature Verification Failure');
  await inside('sh', [
    '-c',
    'mkdir damaged && cp SHA256SUMS *.tar.gz damaged/ && cd damaged && printf x | tee -a *.gz',
  ]);
  const sums = inside('sha256sum', ['-c', 'SHA256SUMS'], 'damaged');
  await expect(sums).rejects.toThrow('1 computed checksum did NOT match');
});

test(
  'a closed site installs the archive, makes functions, develops them, runs them by every trigger and proves it, and asks no other machine',
  async () => {
    await inside('sh', ['-c', 'tar -xzf sovfn-*.tar.gz']);
    await sovfn('init', 'shop', '--template', 'webhook');
    await sovfn('init', 'report', '--template', 'schedule');
    await sovfn('init', 'hello', '--template', 'http');
    expect(JSON.parse(await sovfnIn('shop', 'test', '--json'))).toMatchObject({ passed: true });
    expect(await answerUnderDev('hello')).toBe('Bonjour sovfn\n');

    const up = start(command(), ['up', '--data', 'data']);
    up.stderr!.resume();
    await once(up.stdout!, 'data');
    expect(await sovfnIn('shop', 'deploy')).toMatch(/✔ shop [0-9a-f]{12}… deployed/);
    expect(await sovfnIn('report', 'deploy')).toMatch(/✔ report [0-9a-f]{12}… deployed/);

    await inside('sh', ['-c', `printf ${SECRET} | sovfn/bin/sovfn secrets set shop STRIPE_WEBHOOK_SECRET`]);
    await writeFile(join(home.path, 'payment.json'), JSON.stringify(PAYMENT));
    const delivery = await json('webhook', 'send', 'shop', 'stripe', '--provider', 'stripe', '--file', 'payment.json');
    const run = await json('schedules', 'run', 'report', 'nightly');
    for (const { event } of [delivery, run]) {
      await expect.poll(() => json('events', 'show', event!)).toMatchObject({ state: 'succeeded' });
    }
    expect(await json('invoke', 'shop', '/pi_417')).toMatchObject({ status: 200, outcome: 'ok' });

    await expect.poll(() => sovfn('logs', 'shop')).toContain('payment pi_417: 12.5 eur');
    const { attempts } = await json('events', 'show', delivery.event!);
    await writeFile(
      join(home.path, 'receipt.json'),
      await sovfn('receipts', 'get', attempts![0]!.invocation, '--json'),
    );
    expect(await json('receipts', 'verify', 'receipt.json')).toMatchObject({ valid: true });
    expect(await json('audit', 'verify')).toMatchObject({ valid: true });
    const { checks } = await json('doctor');
    expect(checks!.filter(({ state }) => state === 'fail')).toEqual([]);
    const ended = once(up, 'exit');
    await sovfn('down');
    expect(await ended).toEqual([0, null]);

    if (network === null) return;
    // So that nothing stands for nothing: one attempt of each kind, made on purpose.
    const fetches = ['http://example.com/', 'http://198.51.100.7:8080/', 'http://[2001:db8::7]:8080/'];
    await inside(NODE, ['-e', `for (const u of ${JSON.stringify(fetches)}) fetch(u).catch(() => {})`]);
    const { names, places, dropped } = await network.attempts();
    expect({ names, dropped }).toEqual({ names: ['example.com'], dropped: 0 });
    expect(places.toSorted()).toEqual(['tcp 192.0.2.1:80', 'tcp 198.51.100.7:8080', 'tcp [2001:db8::7]:8080']);
  },
  LONG_MS,
);

async function makeArchive(): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = join(home.path, 'release-key.pem');
  await writeFile(key, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  await writeFile(join(home.path, 'release-key.pub.pem'), publicKey.export({ format: 'pem', type: 'spki' }));
  const child = spawn('npm', ['run', '--silent', 'archive', '--', home.path, '--key', key], { cwd: ROOT });
  await output(child, 'npm run archive');
}

const openssl = (file: string): Promise<string> => {
  const words = ['-pubin', '-inkey', 'release-key.pub.pem', '-rawin', '-in', file, '-sigfile', 'SHA256SUMS.sig'];
  return inside('openssl', ['pkeyutl', '-verify', ...words]);
};

interface Shown {
  readonly event?: string;
  readonly attempts?: readonly { readonly invocation: string }[];
  readonly checks?: readonly { readonly state: string }[];
}

/** What the function answers under `sovfn dev`, which ends as at Ctrl-C. */
async function answerUnderDev(folder: string): Promise<string> {
  const dev = start(command(), ['dev', '--json'], folder);
  const closed = once(dev, 'close');
  dev.stderr!.resume();
  let answer = '';
  for await (const line of createInterface({ input: dev.stdout! })) {
    const { type, url } = JSON.parse(line) as { readonly type: string; readonly url?: string };
    if (type !== 'ready') continue;
    const ask = `fetch('${url}/fn/${folder}/').then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
    answer = await inside(NODE, ['-e', ask]);
    dev.kill('SIGTERM');
  }
  expect(await closed).toEqual([0, null]);
  return answer;
}

const json = async (...words: readonly string[]): Promise<Shown> =>
  JSON.parse(await sovfn(...words, '--json')) as Shown;

const sovfn = (...words: readonly string[]): Promise<string> => sovfnIn('.', ...words);

const sovfnIn = (folder: string, ...words: readonly string[]): Promise<string> => inside(command(), words, folder);

/** What the program prints; rejects with that when it fails. */
const inside = (program: string, args: readonly string[], folder = '.'): Promise<string> =>
  output(start(program, args, folder), [program, ...args].join(' '));

/** Nothing of the test's environment reaches the site. */
function start(program: string, args: readonly string[], folder = '.'): ChildProcess {
  const env = { HOME: home.path, PATH: '/usr/bin:/bin', LANG: 'C' };
  const options = { env, cwd: join(home.path, folder) };
  return (
    network?.run(program, args, options) ?? spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  );
}

async function output(child: ChildProcess, what: string): Promise<string> {
  const closed = once(child, 'close');
  const [out, error] = await Promise.all([text(child.stdout!), text(child.stderr!), closed]);
  if (child.exitCode === 0) return out;
  throw new Error(`${what}: ${error}${out}`);
}
