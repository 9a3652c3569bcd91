import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
}, 120_000);
afterAll(() => platform[Symbol.asyncDispose]());

const SHOW = `
export default {
  async fetch(request: Request, env: Record<string, string | undefined>) {
    if (request.body !== null) console.log('has begun');
    await request.text();
    return Response.json({ KEY: env.KEY ?? null, OTHER: env.OTHER ?? null, LEVEL: env.LEVEL, names: Object.keys(env).sort() });
  },
};`;

const EXPOSED = ['KEY', 'OTHER'].map((name) => ({ name, expose: true }));

interface Shown {
  readonly KEY: string | null;
  readonly OTHER: string | null;
  readonly LEVEL: string;
  readonly names: readonly string[];
}

test('a function finds the secrets that it lists in env, and no others', async () => {
  await set('lists', 'KEY', 'value of the key');
  await set('lists', 'UNLISTED', 'x');
  const { missingSecrets } = await deploy('lists');
  expect(missingSecrets).toEqual(['OTHER']);
  expect(await show('lists')).toEqual({ KEY: 'value of the key', OTHER: null, LEVEL: '1', names: ['KEY', 'LEVEL'] });
});

test('one that is not exposed is a placeholder in env, and is refused to a host that is not approved', async () => {
  await set('sending', 'KEY', 'canary-5b0d12aa');
  const code = `export default { async fetch(request, env) {
    const refusal = await fetch('http://plain.example/', { headers: { authorization: 'Bearer ' + env.KEY } }).catch(String);
    return Response.json([env.KEY, refusal]);
  } };`;
  const config = { egress: ['https://api.example', 'http://plain.example'], secrets: ['KEY'] };
  await platform.deploy({ name: 'sending', code, config });
  const [placeholder, refusal] = (await (await platform.call('/fn/sending/')).json()) as [string, string];
  expect(placeholder).toMatch(/^sovfn-secret-[0-9a-f]{32}$/);
  expect(refusal).toContain('the secret "KEY" is not approved for http://plain.example, but for https://api.example.');
});

test('the secret of one function is not in another of the same name in env', async () => {
  await set('first', 'KEY', 'first');
  await set('second', 'KEY', 'second');
  await Promise.all([deploy('first'), deploy('second')]);
  expect([(await show('first')).KEY, (await show('second')).KEY]).toEqual(['first', 'second']);
});

test('a changed secret reaches a running function without a deploy, and no call fails meanwhile', async () => {
  await set('changing', 'KEY', 'v0');
  await deploy('changing');
  expect((await show('changing')).KEY).toBe('v0');
  for (const value of ['v1', 'v2', 'v3']) {
    await set('changing', 'KEY', value);
    while ((await show('changing')).KEY !== value) continue;
  }
});

test('one that is set or deleted later arrives as well', async () => {
  await deploy('late');
  expect((await show('late')).KEY).toBeNull();
  await set('late', 'KEY', 'now');
  while ((await show('late')).KEY !== 'now') continue;
  await platform.control('/v1/functions/late/secrets/KEY', { method: 'DELETE' });
  while ((await show('late')).KEY !== null) continue;
});

test('a call that is under way ends in the isolate that it began in', async () => {
  await set('slow', 'KEY', 'old');
  await deploy('slow');
  await show('slow');
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const writer = body.writable.getWriter();
  const slow = platform.call('/fn/slow/', { method: 'POST', body: body.readable, duplex: 'half' });
  await writer.write(new Uint8Array(1));
  await expect.poll(() => logOf('slow'), { timeout: 30_000 }).toContain('has begun');
  await set('slow', 'KEY', 'new');
  while ((await show('slow')).KEY !== 'new') continue;
  await writer.close();
  const answer = await slow;
  expect([answer.status, ((await answer.json()) as Shown).KEY]).toEqual([200, 'old']);
});

test('a node that is started anew has the secrets again', async () => {
  await set('restarted', 'KEY', 'kept');
  await deploy('restarted');
  const ready = platform.untilPart('node', 'ready');
  process.kill(platform.pids.get('node')!, 'SIGKILL');
  await ready;
  expect((await show('restarted')).KEY).toBe('kept');
});

test('no file of the platform holds a value in the clear', async () => {
  await set('canary', 'KEY', 'canary-3f9a1c77e0');
  await deploy('canary');
  expect((await show('canary')).KEY).toBe('canary-3f9a1c77e0');
  const files = await readdir(platform.data, { recursive: true, withFileTypes: true });
  let read = 0;
  for (const file of files.filter((entry) => entry.isFile())) {
    const content = await readFile(join(file.parentPath, file.name)).catch(() => null);
    if (content === null) continue;
    read++;
    expect([file.name, content.includes('canary-3f9a1c77e0')]).toEqual([file.name, false]);
  }
  expect(read).toBeGreaterThan(20);
});

async function deploy(name: string) {
  return platform.deploy({ name, code: SHOW, config: { secrets: EXPOSED, vars: { LEVEL: '1' } } });
}

async function show(name: string): Promise<Shown> {
  const response = await platform.call(`/fn/${name}/`);
  expect(response.status).toBe(200);
  return (await response.json()) as Shown;
}

async function logOf(name: string): Promise<string> {
  return (await platform.control(`/v1/functions/${name}/logs`)).text();
}

async function set(name: string, secret: string, value: string): Promise<void> {
  const response = await platform.control(`/v1/functions/${name}/secrets/${secret}`, {
    method: 'PUT',
    body: JSON.stringify({ v: 1, value, overlapMs: null }),
  });
  expect(response.status).toBe(200);
}
