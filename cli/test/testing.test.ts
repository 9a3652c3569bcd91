import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { startFunction } from 'sovfn/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isRunning, identifyProcess } from '../src/processes/identity.ts';
import type { TestFunction } from '../types/testing.d.ts';

const CONFIG = {
  name: 'shop',
  main: 'index.ts',
  limits: { cpuMs: 50 },
  vars: { CURRENCY: 'EUR', COLOUR: 'red' },
  secrets: [
    { name: 'API_KEY', expose: true },
    { name: 'OTHER_KEY', expose: true },
    { name: 'SENT_KEY', hosts: ['api.example'] },
  ],
  egress: ['https://api.example'],
  webhooks: [{ name: 'github', provider: 'github', secret: 'HOOK_SECRET' }],
  schedules: [{ name: 'nightly', cron: '30 2 * * *', timezone: 'Europe/Paris' }],
  retry: { attempts: 3, minDelay: '1h', maxDelay: '1h' },
  bindings: { KEPT: { type: 'kv' }, FILES: { type: 'bucket' }, JOBS: { type: 'queue', batchWait: '0ms' } },
};

const CODE = `
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/loop') for (;;);
    if (pathname === '/env') return Response.json({ currency: env.CURRENCY, key: env.API_KEY, other: env.OTHER_KEY, sent: env.SENT_KEY, colour: env.COLOUR });
    if (pathname === '/job') { await env.JOBS.send('from the code'); return new Response('sent'); }
    console.log('asked for', pathname);
    return new Response(request.headers.get('sovfn-webhook-type') ?? 'ok');
  },
  async scheduled({ scheduledTime, attempt }, env) {
    await env.KEPT.put('tick', new Date(scheduledTime).toISOString());
    if (attempt < 2 && scheduledTime < 946_684_800_000) throw new TypeError('before our time');
  },
  async queue(batch, env) {
    for (const { body } of batch.messages) {
      if (body === 'bad') throw new Error('no such job');
      await env.FILES.put(String(typeof body === 'object' ? body.name : body), 'done', { contentType: 'text/plain' });
    }
  },
};`;

let folder: TemporaryFolder;
let shop: TestFunction;
beforeAll(async () => {
  folder = await makeTemporaryFolder('testing');
  await writeFile(join(folder.path, 'sovfn.jsonc'), JSON.stringify(CONFIG));
  await writeFile(join(folder.path, 'index.ts'), CODE);
  shop = await startFunction(folder.path, { secrets: { API_KEY: 'k-1' }, vars: { CURRENCY: 'CHF', UNKNOWN: 'x' } });
}, 120_000);
afterAll(async () => {
  await shop.stop();
  await folder[Symbol.asyncDispose]();
});

describe('a function under test', () => {
  test('gets the vars and secrets of the test; secrets that are not given have random values', async () => {
    const env = (await (await shop.fetch('/env')).json()) as Record<string, string>;
    expect(env).toMatchObject({ currency: 'CHF', key: 'k-1', colour: 'red' });
    expect(env['other']).toMatch(/^whsec_/);
  });

  test('has a placeholder of a secret that only a host gets, as after a deploy', async () => {
    const env = (await (await shop.fetch('/env')).json()) as Record<string, string>;
    expect(env['sent']).toMatch(/^sovfn-secret-/);
  });

  test('runs in an isolate, under its limits', async () => {
    const answer = await shop.fetch('/loop');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'exceeded-cpu', limit: 'cpuMs', limitValue: 50 });
    expect((await shop.fetch('/still-there')).status).toBe(200);
  });

  test('shows what one call has logged', async () => {
    const [one, two] = [await shop.fetch('/one'), await shop.fetch('/two')];
    expect((await shop.logs(one)).map(({ text }) => text)).toEqual(['asked for /one']);
    expect(await shop.logs(two)).toMatchObject([{ level: 'info', text: 'asked for /two' }]);
    expect((await shop.logs()).length).toBeGreaterThanOrEqual(2);
  });

  test('runs a schedule at a time of the past or the future', async () => {
    const future = await shop.schedule('nightly', { at: '2030-03-31T02:30' });
    expect(future).toMatchObject({ state: 'succeeded', attempts: 1, outcome: 'ok', error: null, response: null });
    expect(await shop.kv('KEPT').get('tick')).toBe('2030-03-31T01:00:00.000Z');
    await shop.schedule('nightly', { at: new Date('2001-01-01T12:00Z') });
    expect(await shop.kv('KEPT').get('tick')).toBe('2001-01-01T12:00:00.000Z');
  });

  test('shows a failed attempt without waiting for the next one', async () => {
    const run = await shop.schedule('nightly', { at: '1960-01-01T00:00Z' });
    expect(run).toMatchObject({ state: 'waiting', attempts: 1, outcome: 'exception' });
    expect(run.error).toContain('before our time');
    expect(await run.refresh()).toMatchObject({ state: 'waiting', event: run.event });
  });

  test('gets webhooks that are signed as its provider signs, and none that are not', async () => {
    const delivery = { type: 'push', id: '72d3162e-cc78-11e3-81ab-4c9367dc0958' };
    const { status, isDuplicate, run } = await shop.webhook('github', { ref: 'refs/heads/main' }, delivery);
    expect({ status, isDuplicate, state: run?.state }).toEqual({ status: 200, isDuplicate: false, state: 'succeeded' });
    expect(await run!.response!.text()).toBe('push');
    expect((await shop.logs(run!)).map(({ text }) => text)).toEqual(['asked for /github']);
    expect((await shop.webhook('github', { ref: 'refs/heads/main' }, delivery)).isDuplicate).toBe(true);
    expect((await fetch(shop.webhookUrl('github'), { method: 'POST', body: '{}' })).status).toBe(401);
  });

  test('takes messages of its queues: texts, values, bytes, and those of its own code', async () => {
    const runs = await shop.queue('JOBS', ['a text', { name: 'a value' }]);
    expect(runs.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    expect((await shop.bucket('FILES').list()).objects.map(({ key }) => key)).toEqual(['a text', 'a value']);
    const [bad] = await shop.queue('JOBS', ['bad']);
    expect(bad).toMatchObject({ state: 'waiting', outcome: 'exception' });
    await shop.fetch('/job');
    await shop.settled();
    expect(await (await shop.bucket('FILES').get('from the code'))?.text()).toBe('done');
  });

  test('shares its bindings with the test', async () => {
    const kept = shop.kv('KEPT');
    expect(await kept.put('é/1', '{"a":1}', { ifRevision: 0 })).toBeGreaterThan(0);
    expect(await kept.put('é/1', 'again', { ifRevision: 0 })).toBeNull();
    expect(await kept.get('é/1', 'json')).toEqual({ a: 1 });
    expect(await kept.get('é/1', 'bytes')).toEqual(new TextEncoder().encode('{"a":1}'));
    expect((await kept.list({ prefix: 'é' })).keys).toEqual(['é/1']);
    expect(await kept.delete('é/1')).toBe(true);
    expect(await kept.get('é/1')).toBeNull();
    const files = shop.bucket('FILES');
    await files.put('x.json', JSON.stringify({ a: 1 }), { contentType: 'application/json', metadata: { by: 'test' } });
    expect(await files.head('x.json')).toMatchObject({
      size: 7,
      contentType: 'application/json',
      metadata: { by: 'test' },
    });
    expect(await (await files.get('x.json'))?.json()).toEqual({ a: 1 });
    expect(await files.put('x.json', 'other', { onlyIfAbsent: true })).toBe(false);
    await files.delete('x.json');
    expect(await files.get('x.json')).toBeNull();
  });

  test('says what is wrong with what the test asks', async () => {
    await expect(shop.fetch('no-slash')).rejects.toThrow('must begin with a slash');
    await expect(shop.kv('FILES').get('x')).rejects.toThrow('"FILES" is no kv binding of function "shop"');
    await expect(shop.schedule('weekly')).rejects.toMatchObject({ code: 'schedule-not-found' });
    await expect(shop.webhook('gitlab', {})).rejects.toMatchObject({ code: 'webhook-not-found' });
    await expect(startFunction(join(folder.path, 'none'))).rejects.toMatchObject({
      code: 'config-not-found',
      hint: expect.stringContaining('sovfn init') as string,
    });
  });

  test('that calls another one finds it on the same platform', async () => {
    const root = join(folder.path, 'caller');
    await mkdir(root);
    const config = { name: 'caller', main: 'index.ts', bindings: { SHOP: { type: 'service', function: 'shop' } } };
    await writeFile(join(root, 'sovfn.jsonc'), JSON.stringify(config));
    await writeFile(
      join(root, 'index.ts'),
      'export default { fetch: (request, env) => env.SHOP.fetch("http://shop/x") };',
    );
    const caller = await startFunction(root);
    expect(await (await caller.fetch()).text()).toBe('ok');
    await caller.stop();
    expect((await shop.fetch('/after')).status).toBe(200);
  });
});

test('a test that is killed leaves no process and no data behind', async () => {
  const script = `
    import { startFunction } from 'sovfn/testing';
    const fn = await startFunction(${JSON.stringify(folder.path)});
    console.log((await fn.fetch('/')).status);
    setInterval(() => {}, 1000);`;
  const before = new Set(await testFolders());
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd: import.meta.dirname });
  await once(child.stdout, 'data');
  const data = (await testFolders()).filter((name) => !before.has(name)).map((name) => join(tmpdir(), name, 'data'));
  const holder = await holderOf(data[0]!);
  child.kill('SIGKILL');
  await expect.poll(() => isRunning(holder), { timeout: 60_000 }).toBe(false);
  expect(existsSync(data[0]!)).toBe(false);
});

async function testFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('sovfn-test-'));
}

/** The process that has the data folder's lock. */
async function holderOf(data: string) {
  const { pid } = JSON.parse(await readFile(join(data, 'run', 'lock'), 'utf8')) as { pid: number };
  return identifyProcess(pid)!;
}
