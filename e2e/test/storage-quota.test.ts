/** What a tenant may still do when it keeps as much as its quota of storage allows. */
import { buildFunction } from '@sovfn/builder';
import { PROTOCOL_VERSION, type TenantDetail, type TenantList } from '@sovfn/protocol';
import { makeTemporaryFolder, startPlatform, type TestPlatform } from '@sovfn/testkit';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

const PLENTY = 1_000_000_000;
const MB = 1_000_000;
const NOTICED = { timeout: 30_000, interval: 50 };

/** Does with its bindings what the path says. */
const KEEPER = `
  export default {
    async fetch(request: Request, env: any) {
      try {
        switch (new URL(request.url).pathname) {
          case '/put': await env.ARCHIVE.put('large', new Uint8Array(${2 * MB})); break;
          case '/remove': await env.ARCHIVE.delete('large'); break;
          case '/read': return new Response(String((await env.ARCHIVE.get('large')) !== null));
          case '/remember': await env.STATE.put('state', 'x'); break;
          case '/send': await env.JOBS.send('job'); break;
        }
        return new Response('done');
      } catch (error) {
        return new Response(error.message);
      }
    },
    async queue() {},
  };`;
const CONFIG = {
  bindings: { ARCHIVE: { type: 'bucket' }, STATE: { type: 'kv' }, JOBS: { type: 'queue' } },
  webhooks: [{ name: 'in', provider: 'gitlab', secret: 'KEY' }],
  secrets: [{ name: 'KEY', expose: true }],
};

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
  await sendJson('control', 'PUT', '/v1/functions/keeper/secrets/KEY', { value: 'token', overlapMs: 0 });
  await platform.deploy({ name: 'keeper', code: KEEPER, config: CONFIG });
  await platform.deploy({ name: 'printer', code: KEEPER, config: { ...CONFIG, webhooks: [], outputs: 'all' } });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => allow(PLENTY));

test('a deploy is refused, and says how much is kept and allowed; with more room the same one is accepted', async () => {
  await allow(1);
  const further = { name: 'further', code: KEEPER };
  await expect(platform.deploy(further)).rejects.toThrow(
    /507: .*the tenant \\"main\\" keeps \d+ bytes of the 1 that its quota of storage allows/,
  );
  await allow(PLENTY);
  expect((await platform.deploy(further)).result).toBe('created');
});

test('an asynchronous call is refused with when to come again; one that was accepted before is still known by its key', async () => {
  const asked = { method: 'POST', headers: { prefer: 'respond-async', 'idempotency-key': '"one"' } };
  const { event } = (await (await platform.call('/fn/keeper/', asked)).json()) as { event: string };
  await allow(1);
  const refused = await platform.call('/fn/keeper/', { method: 'POST', headers: { prefer: 'respond-async' } });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([507, '60']);
  expect(await refused.json()).toMatchObject({ code: 'storage-full', limit: 'storageBytes', limitValue: 1 });
  expect(await (await platform.call('/fn/keeper/', asked)).json()).toMatchObject({ event, isDuplicate: true });
});

test('a webhook is refused so that its sender repeats it; a delivery that was accepted before is not', async () => {
  expect(await deliver('first')).toMatchObject({ status: 200, isDuplicate: false });
  await allow(1);
  const refused = await deliver('second');
  expect([refused.status, refused.retryAfter]).toEqual([507, '60']);
  expect(await deliver('first')).toMatchObject({ status: 200, isDuplicate: true });
  await allow(PLENTY);
  expect(await deliver('second')).toMatchObject({ status: 200, isDuplicate: false });
});

test('an event that was accepted before ends with its output', async () => {
  await sendJson('control', 'POST', '/v1/functions/keeper/events/pause');
  const accepted = await platform.call('/fn/keeper/', { method: 'POST', headers: { prefer: 'respond-async' } });
  const { event } = (await accepted.json()) as { event: string };
  await allow(1);
  await sendJson('control', 'POST', '/v1/functions/keeper/events/resume');
  const stateOf = async (): Promise<unknown> =>
    ((await (await platform.control(`/v1/events/${event}`)).json()) as { state?: string }).state;
  await expect.poll(stateOf, NOTICED).toBe('succeeded');
  const outputs = await (await platform.control('/v1/functions/keeper/outputs?limit=100')).text();
  expect(outputs).toContain(event);
});

test('puts of bindings are refused in the function that asks, on every node; reading and deleting are not', async () => {
  await expect.poll(() => say('/put'), NOTICED).toBe('done');
  await allow(1);
  await expect.poll(() => say('/put'), NOTICED).toMatch(/^storage-full: the tenant "main" keeps \d+ bytes of the 1 /);
  expect(await say('/remember')).toMatch(/^storage-full: /);
  expect(await say('/send')).toMatch(/^storage-full: /);
  expect(await say('/read')).toBe('true');
  expect(await say('/remove')).toBe('done');
});

test('a call whose output is kept is refused before it runs; other calls are answered', async () => {
  await allow(1);
  const refused = await platform.call('/fn/printer/');
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([507, 'storage-full']);
  expect(await say('/')).toBe('done');
});

test('values of kv bindings are counted, and what was deleted makes room again', async () => {
  const before = await show();
  await expect.poll(() => say('/put'), NOTICED).toBe('done');
  expect(await say('/remember')).toBe('done');
  const after = await show();
  expect(after.storage.kv.keys).toBe(1);
  expect(total(after)).toBeGreaterThan(total(before) + 2 * MB);
  await allow(total(before) + MB);
  await expect.poll(() => say('/remember'), NOTICED).toMatch(/^storage-full: /);
  expect((await deliver('third')).status).toBe(507);
  await say('/remove');
  await show();
  expect(await deliver('third')).toMatchObject({ status: 200, isDuplicate: false });
  await expect.poll(() => say('/remember'), NOTICED).toBe('done');
});

test('another tenant is not affected', async () => {
  const quotas = { callsPerMinute: null, concurrency: null, functions: null, storageBytes: PLENTY };
  await sendJson('operator', 'POST', '/v1/tenants', { name: 'acme', quotas });
  const token = { name: 'acme', tenant: 'acme', function: null, role: 'owner', scopes: [], expiresAt: null };
  const { secret } = (await (await sendJson('operator', 'POST', '/v1/tokens', token)).json()) as {
    secret: string;
  };
  await allow(1);
  const { manifest, version, bundle, sourceMap } = await buildKeeper();
  const deployed = await fetch(`${platform.controlUrl}/v1/functions/keeper`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ v: PROTOCOL_VERSION, version, manifest, bundle, sourceMap }),
  });
  expect([deployed.status, await deployed.json()]).toMatchObject([200, { result: 'created' }]);
  expect(await (await platform.call('/fn/acme:keeper/put')).text()).toBe('done');
});

test('what is kept is counted by itself, and shown in the list and the metrics', async () => {
  await setQuota(PLENTY);
  const counted = async (): Promise<number> => {
    const { tenants } = (await (await platform.operator('/v1/tenants')).json()) as TenantList;
    return tenants.find(({ name }) => name === 'main')!.storage?.usedBytes ?? 0;
  };
  await expect.poll(counted, NOTICED).toBeGreaterThan(0);
  const metrics = await (await platform.control('/metrics')).text();
  expect(metrics).toContain(`sovfn_tenant_storage_quota_bytes{tenant="main"} ${PLENTY}`);
  expect(metrics).toMatch(/sovfn_tenant_storage_bytes\{tenant="main"\} \d+/);
});

/** Resolves when the gateway has counted under that quota; nodes hear of it moments later. */
async function allow(storageBytes: number): Promise<void> {
  await setQuota(storageBytes);
  await show();
}

async function setQuota(storageBytes: number): Promise<void> {
  const quotas = { callsPerMinute: null, concurrency: null, functions: null, storageBytes };
  await sendJson('operator', 'PUT', '/v1/tenants/main', { quotas });
}

async function show(): Promise<TenantDetail> {
  return (await (await platform.operator('/v1/tenants/main')).json()) as TenantDetail;
}

function total({ storage: { buckets, kv } }: TenantDetail): number {
  return buckets.reduce((sum, { bytes }) => sum + bytes, kv.bytes);
}

async function say(path: string): Promise<string> {
  return (await platform.call(`/fn/keeper${path}`)).text();
}

async function deliver(id: string) {
  const headers = { 'x-gitlab-token': 'token', 'x-gitlab-event': 'Push Hook', 'webhook-id': id, 'idempotency-key': id };
  const { status, headers: answered } = await platform.call('/hooks/keeper/in', {
    ...{ method: 'POST', headers, body: JSON.stringify({ id }) },
  });
  return { status, retryAfter: answered.get('retry-after'), isDuplicate: answered.get('sovfn-duplicate') === 'true' };
}

async function sendJson(
  listener: 'control' | 'operator',
  method: string,
  path: string,
  body: object = {},
): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const text = method === 'POST' && Object.keys(body).length === 0 ? null : JSON.stringify({ v: 1, ...body });
  const response = await platform[listener](path, { method, ...(text === null ? {} : { headers, body: text }) });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`);
  return response;
}

async function buildKeeper() {
  await using folder = await makeTemporaryFolder('keeper');
  const root = join(folder.path, 'keeper');
  await mkdir(root);
  const { bindings } = CONFIG;
  await writeFile(join(root, 'index.ts'), KEEPER);
  await writeFile(join(root, 'sovfn.jsonc'), JSON.stringify({ name: 'keeper', main: 'index.ts', bindings }));
  return await buildFunction(root);
}
