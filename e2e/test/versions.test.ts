import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { cronSubject, eventStream, type VersionChange, type VersionList } from '@sovfn/protocol';
import { connectToBusOf, startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

const answering = (text: string): string => `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;
const text = async (path: string, init?: RequestInit) => (await platform.call(path, init)).text();

async function change(method: string, path: string, body?: object): Promise<VersionChange> {
  const response = await platform.control(`/v1/functions/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify({ v: 1, ...body }) }),
  });
  const answer: unknown = await response.json();
  expect([response.status, answer]).toMatchObject([200, {}]);
  return answer as VersionChange;
}
const rollback = (name: string) => change('POST', `${name}/rollback`, { version: null });
const versionsOf = async (name: string) =>
  (await (await platform.control(`/v1/functions/${name}/versions`)).json()) as VersionList;

test('20 deploys and 10 rollbacks under load: no call fails, and each is answered whole by a version that was current', async () => {
  const DEPLOYS = 20;
  await platform.deploy({ name: 'rolling', code: answering('version 0') });
  let isDone = false;
  const seen = new Map<string, number>();
  const load = Array.from({ length: 8 }, async () => {
    while (!isDone) {
      const response = await platform.call('/fn/rolling/');
      const answer = `${response.status} ${await response.text()}`;
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
    }
  });
  const rollbacksMs: number[] = [];
  for (let version = 1; version <= DEPLOYS; version++) {
    await platform.deploy({ name: 'rolling', code: answering(`version ${version}`) });
    if (version % 2 === 1) continue;
    const startedAt = performance.now();
    await rollback('rolling');
    rollbacksMs.push(performance.now() - startedAt);
    expect(await text('/fn/rolling/')).toBe(`version ${version - 1}`);
  }
  isDone = true;
  await Promise.all(load);
  const allowed = Array.from({ length: DEPLOYS + 1 }, (_, version) => `200 version ${version}`);
  const calls = [...seen.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${calls} calls; rollbacks in ${rollbacksMs.map((ms) => Math.round(ms)).join(', ')} ms`);
  expect([...seen.keys()].filter((answer) => !allowed.includes(answer))).toEqual([]);
  expect(calls).toBeGreaterThan(100);
});

test('a call in flight ends on the version that it began on, through a deploy and a rollback', async () => {
  const code = (version: string) => `
    export default { async fetch(request) {
      if (new URL(request.url).pathname !== '/slow') return new Response('${version}');
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      const encoder = new TextEncoder();
      void (async () => {
        await writer.write(encoder.encode('${version} begins'));
        await new Promise((resolve) => setTimeout(resolve, 3000));
        await writer.write(encoder.encode(', ${version} ends'));
        await writer.close();
      })();
      return new Response(readable);
    } };`;
  await platform.deploy({ name: 'slow', code: code('one') });
  const slow = [await platform.call('/fn/slow/slow')];
  await platform.deploy({ name: 'slow', code: code('two') });
  slow.push(await platform.call('/fn/slow/slow'));
  await rollback('slow');
  expect(await text('/fn/slow/')).toBe('one');
  expect(await Promise.all(slow.map((response) => response.text()))).toEqual([
    'one begins, one ends',
    'two begins, two ends',
  ]);
});

test('a rollback brings vars, limits and routes back with the code', async () => {
  const code = 'export default { fetch: (_, env) => new Response(env.WORD) };';
  await platform.deploy({ name: 'config', code, config: { vars: { WORD: 'before' }, routes: ['/before'] } });
  await platform.deploy({ name: 'config', code, config: { vars: { WORD: 'after' }, routes: ['/after'] } });
  expect(await text('/after')).toBe('after');
  await rollback('config');
  expect([await text('/before'), (await platform.call('/after')).status]).toEqual(['before', 404]);
});

test('a preview runs on a node beside the current version, with its own vars; its address outlives the promotion', async () => {
  const code = 'export default { fetch: (_, env) => new Response(env.WORD) };';
  await platform.deploy({ name: 'draft', code, config: { vars: { WORD: 'current' } } });
  await platform.deploy({ name: 'draft', code, config: { vars: { WORD: 'next' } } });
  const { versions } = await versionsOf('draft');
  const paths = versions.map(({ previewUrl }) => new URL(previewUrl).pathname);
  expect([await text('/fn/draft/'), ...(await Promise.all(paths.map((path) => text(path))))]).toEqual([
    'next',
    'next',
    'current',
  ]);
});

test('a canary that fails is taken back by itself, and nobody but its callers has seen it', async () => {
  await platform.deploy({ name: 'canary', code: answering('fine') });
  const failing = `export default { fetch() { throw new Error('no'); } };`;
  const { version } = await platform.deploy({ name: 'canary', code: failing });
  await rollback('canary');
  const key = { by: 'header', name: 'x-user' };
  await change('PUT', 'canary/split', { version, percent: 20, key, watchMs: 600_000 });
  const statuses = new Map<number, number>();
  let calls = 0;
  while ((await versionsOf('canary')).split !== null) {
    for (let burst = 0; burst < 50; burst++, calls++) {
      const { status } = await platform.call('/fn/canary/', { headers: { 'x-user': String(calls) } });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    await delay(0);
  }
  const taken = (await versionsOf('canary')).versions.find((entry) => entry.version === version);
  expect(taken).toMatchObject({ state: 'rolled-back', rolledBack: { reason: 'errors' } });
  expect(statuses.get(200)! / calls).toBeGreaterThan(0.5);
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => text('/fn/canary/'))))).toEqual(new Set(['fine']));
});

test('a deploy without schedules removes what was planned, and a rollback plans it again', async () => {
  const connection = await connectToBusOf(platform, 'test');
  const { streams } = await jetstreamManager(connection);
  const last_by_subj = cronSubject({ zone: 'fr', tenant: 'main', function: 'timed' }, 'nightly');
  const isPlanned = async () => (await streams.getMessage(eventStream('fr'), { last_by_subj })) !== null;
  const code = `export default { async scheduled() {} };`;
  const schedules = [{ name: 'nightly', cron: '0 2 * * *' }];
  await platform.deploy({ name: 'timed', code, config: { schedules } });
  await expect.poll(isPlanned).toBe(true);
  await platform.deploy({ name: 'timed', code });
  await expect.poll(isPlanned).toBe(false);
  await rollback('timed');
  await expect.poll(isPlanned).toBe(true);
  await connection.close();
});
