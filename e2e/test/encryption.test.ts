/** What is found in clear in the data of a whole platform: nothing of a function that encrypts its outputs. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectBus, decodeCredential } from '@sovfn/bus';
import { inboxPrefix, kvBucket, kvPrefix } from '@sovfn/protocol';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform({ allowPrivate: true });
}, 120_000);
afterAll(() => platform[Symbol.asyncDispose]());

/** Not in the sources of this test as it is, so that only what the platform writes can hold it. */
const canary = (of: string): string => `canary-${of}-${randomBytes(12).toString('hex')}`;

/** Does with a body what functions do: answers it, logs it, keeps it, sends it on. */
const codeOf = (own: string): string => `
const OWN = '${own}'; // ${own}
export default {
  async fetch(request, env) {
    const body = await request.text();
    const { pathname } = new URL(request.url);
    console.log(body.slice(0, 200));
    if (pathname.endsWith('/fails')) return new Response(body, { status: 500 });
    if (pathname.endsWith('/throws')) throw new Error(body);
    await env.STATE.put('last', body.slice(0, 1000));
    if (pathname.endsWith('/queue')) await env.JOBS.send(body);
    const kept = await env.STATE.get('last');
    return new Response(body + kept + OWN + env.SECRET, { headers: { 'x-kept': body.slice(0, 200) } });
  },
  async queue(batch, env) {
    for (const message of batch.messages) await env.STATE.put('queued', String(message.body));
  },
};`;

const CONFIG = {
  bindings: { STATE: { type: 'kv' }, JOBS: { type: 'queue' } },
  secrets: [{ name: 'SECRET', expose: true }],
  webhooks: [{ name: 'open', verify: 'none' }],
  retry: { attempts: 2, minDelay: '0s', maxDelay: '1s' },
};

test('bodies, events, messages, values, logs, secrets, code and answers are nowhere in the data folder', async () => {
  const secret = canary('secret');
  await setSecret('vault', secret);
  const source = canary('source');
  const callbacks = await receiveCallbacks();
  const config = { ...CONFIG, egress: [callbacks.origin], outputs: { keep: 'all', encrypt: true } };
  await platform.deploy({ name: 'vault', config, code: codeOf(source) });

  const sync = canary('sync');
  const answer = await platform.call('/fn/vault/', { method: 'POST', body: sync });
  expect(await answer.text()).toContain(sync + sync + source + secret);
  const queued = canary('queue');
  await platform.call('/fn/vault/queue', { method: 'POST', body: queued });
  const hook = canary('webhook');
  const delivered = await platform.call(`/hooks/vault/open?token=${hook}`, { method: 'POST', body: hook });
  const inline = canary('inline');
  const large = canary('large');
  const broken = [canary('fails'), canary('throws')];
  const events = [
    delivered.headers.get('sovfn-event')!,
    await accept('/fn/vault/', inline, { 'sovfn-callback': `${callbacks.origin}/${inline}`, 'x-token': inline }),
    await accept('/fn/vault/', large.repeat(40_000)),
    await accept('/fn/vault/fails', broken[0]!),
    await accept('/fn/vault/throws', broken[1]!),
  ];
  for (const event of events) await untilEnded(event);
  expect(await callbacks.first).toContain(inline);
  await expect.poll(async () => log('vault')).toContain(inline);

  const invocation = answer.headers.get('sovfn-invocation')!;
  const output = await platform.control(`/v1/outputs/${invocation}/body`);
  expect(await output.text()).toContain(sync);
  expect((await platform.control(`/v1/outputs/${invocation}/verify`, { method: 'POST' })).status).toBe(200);
  expect(await detailOf(events[3]!)).toContain(broken[0]);

  const all = [secret, source, sync, queued, hook, inline, large, ...broken];
  expect(await findInClear(all)).toEqual([]);
});

test('the search finds the answer of a function that does not encrypt its outputs, and nothing else of it', async () => {
  await setSecret('open', 'x');
  await platform.deploy({ name: 'open', config: { ...CONFIG, outputs: 'all' }, code: codeOf('open') });
  const plain = canary('control');
  await platform.call('/fn/open/', { method: 'POST', body: plain });
  const found = await findInClear([plain]);
  expect(found.length).toBeGreaterThan(0);
  for (const { file } of found) expect(file).toMatch(/^objects\/sovfn-outputs\//);
});

test('a value that was put in the place of another’s in NATS is not read, and its own place still is', async () => {
  const code = `export default { async fetch(request, env) {
    const key = new URL(request.url).searchParams.get('key');
    if (request.method === 'POST') await env.STATE.put(key, await request.text());
    return new Response(await env.STATE.get(key));
  } };`;
  const config = { bindings: { STATE: { type: 'kv' } } };
  await platform.deploy({ name: 'victim', config, code });
  await platform.deploy({ name: 'thief', config, code });
  await platform.call('/fn/victim/?key=salary', { method: 'POST', body: 'of the victim' });
  await platform.call('/fn/thief/?key=own', { method: 'POST', body: 'of the thief' });
  const node = await connectAsNode();
  const bucket = kvBucket('fr');
  const subject = (of: string, key: string): string =>
    `$KV.${bucket}.${kvPrefix({ tenant: 'main', function: of }, 'STATE')}${key}`;
  const stolen = await node.request(`$JS.API.DIRECT.GET.KV_${bucket}.${subject('victim', 'salary')}`);
  await jetstream(node).publish(subject('thief', 'own'), stolen.data);
  await node.close();
  const answer = await platform.call('/fn/thief/?key=own');
  expect([answer.status, (await answer.text()).includes('of the victim')]).toEqual([500, false]);
  await expect.poll(async () => log('thief')).toContain('data-unreadable');
  expect(await (await platform.call('/fn/victim/?key=salary')).text()).toBe('of the victim');
});

interface Found {
  readonly file: string;
  readonly text: string;
}

/** Files of the data folder that hold one of the texts, as it is or as base64. */
async function findInClear(texts: readonly string[]): Promise<Found[]> {
  const found: Found[] = [];
  const entries = await readdir(platform.data, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    // A file that is gone meanwhile was replaced by one that is looked at, or holds nothing any more.
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    for (const text of texts) {
      if (formsOf(text).some((form) => bytes.includes(form))) found.push({ file: relative(platform.data, path), text });
    }
  }
  return found;
}

/** As text, and what base64 shows of it wherever it begins. */
function formsOf(text: string): string[] {
  const encoded = [0, 1, 2].map((offset) =>
    Buffer.from(' '.repeat(offset) + text)
      .toString('base64')
      .slice(4, -4),
  );
  return [text, ...encoded];
}

async function accept(path: string, body: string, headers: Record<string, string> = {}): Promise<string> {
  const init = { method: 'POST', body, headers: { prefer: 'respond-async', ...headers } };
  const response = await platform.call(path, init);
  expect(response.status, await response.clone().text()).toBe(202);
  return ((await response.json()) as { event: string }).event;
}

async function untilEnded(event: string): Promise<void> {
  const ended = ['succeeded', 'dead-lettered'];
  const state = async () => (JSON.parse(await detailOf(event)) as { state: string }).state;
  await expect.poll(async () => ended.includes(await state())).toBe(true);
}

async function detailOf(event: string): Promise<string> {
  return (await platform.control(`/v1/events/${event}`)).text();
}

async function log(name: string): Promise<string> {
  return (await platform.control(`/v1/functions/${name}/logs`)).text();
}

async function setSecret(name: string, value: string): Promise<void> {
  const body = JSON.stringify({ v: 1, value, overlapMs: null });
  const headers = { 'content-type': 'application/json' };
  const path = `/v1/functions/${name}/secrets/SECRET`;
  expect((await platform.control(path, { method: 'PUT', body, headers })).status).toBe(200);
}

/** What a node may do: it reads and writes the values of its zones. */
async function connectAsNode(): Promise<NatsConnection> {
  const text = await readFile(join(platform.data, 'run', 'node.json'), 'utf8');
  const { node, bus } = JSON.parse(text) as { node: string; bus: { host: string; port: number; credsFile: string } };
  const credential = decodeCredential(await readFile(bus.credsFile, 'utf8'));
  const prefix = `${inboxPrefix('node')}.${node}.swap`;
  return connectBus({ address: bus, credential, name: 'swap', inboxPrefix: prefix });
}

async function receiveCallbacks(): Promise<{ origin: string; first: Promise<string> }> {
  const { promise: first, resolve } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    let text = request.url!;
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    request.on('end', () => {
      resolve(text);
      response.end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  server.unref();
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, first };
}
