import { type FunctionConfig, manifestObject, type VersionChange, type VersionList } from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServedCall } from '../peers/peer-cell.ts';
import { TENANT, ZONE } from '../peers/gateway-bench.ts';
import { ControlBench, deployRequest } from './control-bench.ts';

let control: ControlBench;
beforeAll(async () => {
  control = await ControlBench.start();
});
afterAll(() => control[Symbol.asyncDispose]());

type Config = Partial<FunctionConfig> & { name: string };
type Release = ReturnType<typeof deployRequest>['release'];

const deploy = async (config: Config, bundle: string, release: Release = { kind: 'current' }) => {
  const request = { ...deployRequest(config, bundle), release };
  const { status, json } = await control.ask('PUT', `/v1/functions/${config.name}`, { body: request });
  expect([status, json]).toMatchObject([200, {}]);
  return { version: request.version, answer: json as { result: string; urls: string[] } };
};
const post = async (name: string, action: string, version: string | null = null) => {
  const { json } = await control.ask('POST', `/v1/functions/${name}/${action}`, { body: { v: 1, version } });
  return json as VersionChange;
};
const refused = (name: string, action: string, version: string | null = null) =>
  control.refused('POST', `/v1/functions/${name}/${action}`, { body: { v: 1, version } });
const split = async (name: string, asked: object) => {
  const body = { v: 1, version: null, percent: 10, key: { by: 'address' }, watchMs: null, ...asked };
  return (await control.ask('PUT', `/v1/functions/${name}/split`, { body })).json as VersionChange;
};
const list = async (name: string) => (await control.ask('GET', `/v1/functions/${name}/versions`)).json as VersionList;
const states = async (name: string) => (await list(name)).versions.map(({ state }) => state);

/** A cell that has loaded a version, and answers its calls. */
const serve = async (name: string, version: string, onCall: (served: ServedCall) => void) => {
  const cell = await control.bench.cell(`c-${name}-${version.slice(0, 8)}`);
  await cell.serve({ zone: ZONE, tenant: TENANT, function: name, version }, onCall);
  return cell;
};
const answering = (text: string) => (served: ServedCall) => served.answer(text);
const call = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(path.startsWith('http') ? path : control.bench.url + path, { headers });
  return `${response.status} ${await response.text()}`;
};

describe('rollback', () => {
  test('the version before answers again, with its configuration and routes; going back again goes further', async () => {
    const versions = [];
    for (const n of [1, 2, 3]) {
      const config = { name: 'steps', routes: [`/steps-${n}`] };
      const { version } = await deploy(config, `export const n = ${n}`);
      await serve('steps', version, answering(`version ${n}`));
      versions.push(version);
    }
    expect(await post('steps', 'rollback')).toMatchObject({ current: versions[1], before: versions[2] });
    expect(await call('/fn/steps/')).toBe('200 version 2');
    expect([await call('/steps-2'), (await fetch(`${control.bench.url}/steps-3`)).status]).toEqual([
      '200 version 2',
      404,
    ]);
    expect(await states('steps')).toEqual(['rolled-back', 'current', 'earlier']);
    expect(await post('steps', 'rollback')).toMatchObject({ current: versions[0] });
    expect(await refused('steps', 'rollback')).toMatchObject({ status: 404, code: 'version-not-found' });
    expect(await post('steps', 'promote', versions[2]!.slice(0, 8))).toMatchObject({ current: versions[2] });
    expect(await post('steps', 'rollback', versions[0])).toMatchObject({ current: versions[0] });
  });

  test('what cannot be gone back to is refused with what can be done', async () => {
    const { version } = await deploy({ name: 'alone' }, 'export const one = 1');
    const preview = await deploy({ name: 'alone' }, 'export const two = 2', { kind: 'preview' });
    expect(await refused('alone', 'rollback')).toMatchObject({ detail: '"alone" has no older version to go back to' });
    expect((await refused('alone', 'rollback', version)).detail).toContain('is the current version');
    expect((await refused('alone', 'rollback', preview.version)).hint).toMatch(/^sovfn promote alone [0-9a-f]{12} /);
    expect((await refused('alone', 'rollback', 'ffff')).detail).toBe('"alone" has no version ffff');
    expect(await refused('alone', 'promote')).toMatchObject({ code: 'version-not-found' });
    expect((await refused('alonf', 'rollback')).hint).toBe('Did you mean "alone"?');
  });

  test('a route that another function took meanwhile keeps its owner: the rollback is refused', async () => {
    await deploy({ name: 'left', routes: ['/moved'] }, 'export const one = 1');
    await deploy({ name: 'left' }, 'export const two = 2');
    await deploy({ name: 'right', routes: ['/moved'] }, 'export {}');
    expect(await refused('left', 'rollback')).toMatchObject({ status: 409, code: 'route-conflict' });
  });

  test('a version whose manifest was changed in the store is not made current', async () => {
    const { version } = await deploy({ name: 'forged' }, 'export const one = 1');
    await deploy({ name: 'forged' }, 'export const two = 2');
    const store = openStore({ ...control.minio.endpoint, tls: false });
    const forged = Buffer.from(JSON.stringify(deployRequest({ name: 'forged', vars: { A: 'b' } }).manifest));
    await store.put('bundles', manifestObject(TENANT, 'forged', version), forged);
    store.close();
    expect(await refused('forged', 'rollback')).toMatchObject({ status: 404, code: 'version-not-found' });
    expect(await states('forged')).toEqual(['current', 'earlier']);
  });

  test('rollbacks and deploys at the same time follow each other', async () => {
    await deploy({ name: 'busy' }, 'export const n = 0');
    const changes = Array.from({ length: 6 }, async (_, n) => {
      await deploy({ name: 'busy' }, `export const n = ${n + 1}`);
      return post('busy', 'rollback');
    });
    for (const change of await Promise.all(changes)) expect(change.current).toMatch(/^[0-9a-f]{64}$/);
    const { versions } = await list('busy');
    expect(versions.filter(({ state }) => state === 'current')).toHaveLength(1);
  });
});

describe('a preview', () => {
  test('answers at its address while the current version answers everybody, until it is promoted', async () => {
    const one = await deploy({ name: 'draft' }, 'export const one = 1');
    const two = await deploy({ name: 'draft' }, 'export const two = 2', { kind: 'preview' });
    await serve('draft', one.version, answering('one'));
    const cell = await serve('draft', two.version, answering('two'));
    expect(two.answer).toMatchObject({ result: 'preview' });
    const [url = ''] = two.answer.urls;
    expect(url).toMatch(/\/fn\/draft@[0-9a-f]{12}-[0-9a-f]{20}\/$/);
    expect([await call('/fn/draft/'), await call(`${url}a?b=c`)]).toEqual(['200 one', '200 two']);
    const { call: seen } = await cell.calls.next();
    expect(seen.url).toBe(`${control.bench.url}/a?b=c`);
    expect(seen.headers).toContain(`sovfn-base-path\n${new URL(url).pathname.slice(0, -1)}\n`);
    expect(await states('draft')).toEqual(['preview', 'current']);
    await post('draft', 'promote', two.version);
    expect(await call('/fn/draft/')).toBe('200 two');
    const addresses = (await list('draft')).versions.map(({ previewUrl }) => previewUrl);
    expect(await Promise.all(addresses.map((address) => call(address)))).toEqual(['200 two', '200 one']);
  });

  test('is found by nobody who was not given its address', async () => {
    const { version } = await deploy({ name: 'hidden' }, 'export const one = 1');
    const other = await deploy({ name: 'shown' }, 'export const one = 1', { kind: 'current' });
    const [{ previewUrl }] = (await list('shown')).versions as [VersionList['versions'][number]];
    const code = previewUrl.slice(previewUrl.lastIndexOf('-') + 1, -1);
    const guesses = [
      `/fn/hidden@${version}/`,
      `/fn/hidden@${version.slice(0, 12)}/`,
      `/fn/hidden@${version.slice(0, 12)}-${code}/`,
      `/fn/hidden@${other.version.slice(0, 12)}-${code}/`,
      `/fn/shown@${other.version.slice(0, 12)}-${code.slice(0, -1)}g/`,
      `/fn/shown@${other.version.slice(0, 12)}-${'0'.repeat(20)}/`,
      '/fn/hidden@/',
      '/fn/@/',
      '/fn/hidden%40/',
    ];
    for (const guess of guesses) {
      const response = await fetch(control.bench.url + guess);
      const { code: refusal } = (await response.json()) as { code: string };
      expect([guess, response.status, /^(?:version|function)-not-found$/.test(refusal)]).toEqual([guess, 404, true]);
    }
  });

  test('takes no asynchronous calls and no webhooks: events are the current version’s', async () => {
    const webhooks = [{ name: 'in', verify: 'none' }] as never;
    await deploy({ name: 'events', webhooks }, 'export const one = 1');
    const { answer } = await deploy({ name: 'events', webhooks }, 'export const two = 2', { kind: 'preview' });
    expect(await call(answer.urls[0]!, { prefer: 'respond-async' })).toContain('takes no asynchronous calls');
    const path = new URL(answer.urls[0]!).pathname.replace('/fn/', '/hooks/');
    expect(await call(`${path}in`)).toMatch(/^404 /);
  });

  test('needs a current version to stand beside', async () => {
    const body = { ...deployRequest({ name: 'unborn' }), release: { kind: 'preview' } };
    expect(await control.refused('PUT', '/v1/functions/unborn', { body })).toMatchObject({
      code: 'function-not-found',
      hint: 'Deploy it once without --preview and --canary.',
    });
  });
});

describe('a split', () => {
  const users = Array.from({ length: 200 }, (_, number) => `user-${number}`);
  const answersOf = async (name: string) => Promise.all(users.map((user) => call(`/fn/${name}/`, { 'x-user': user })));

  test('gives the same callers the same version, and a chosen version to whoever asks for it', async () => {
    const one = await deploy({ name: 'halves' }, 'export const one = 1');
    const two = await deploy({ name: 'halves' }, 'export const two = 2', { kind: 'preview' });
    await serve('halves', one.version, answering('one'));
    await serve('halves', two.version, answering('two'));
    const key = { by: 'header', name: 'x-user' };
    expect(await split('halves', { percent: 30, key })).toMatchObject({
      current: one.version,
      split: { version: two.version, percent: 30 },
    });
    const answers = await answersOf('halves');
    const share = answers.filter((answer) => answer === '200 two').length;
    expect([share > 30, share < 90]).toEqual([true, true]);
    expect(await answersOf('halves')).toEqual(answers);
    for (const [{ version }, text] of [
      [one, '200 one'],
      [two, '200 two'],
    ] as const) {
      const chosen = await Promise.all(
        users
          .slice(0, 20)
          .map((user) => call('/fn/halves/', { 'x-user': user, 'sovfn-version': version.slice(0, 12) })),
      );
      expect(new Set(chosen)).toEqual(new Set([text]));
    }
    expect(await states('halves')).toEqual(['split', 'current']);
    const ended = (await control.ask('DELETE', '/v1/functions/halves/split')).json as VersionChange;
    expect(ended).toMatchObject({ current: one.version, split: null });
    expect(new Set(await answersOf('halves'))).toEqual(new Set(['200 one']));
  });

  test('promote gives its version everybody, rollback takes it back, and a deploy ends it', async () => {
    const one = await deploy({ name: 'ends' }, 'export const one = 1');
    const canary = { kind: 'canary', percent: 50, key: { by: 'address' }, watchMs: null } as const;
    const two = await deploy({ name: 'ends' }, 'export const two = 2', canary);
    expect(two.answer).toMatchObject({ result: 'canary' });
    expect(await post('ends', 'rollback')).toMatchObject({ current: one.version, split: null });
    expect(await states('ends')).toEqual(['rolled-back', 'current']);
    await split('ends', { version: two.version });
    expect(await post('ends', 'promote')).toMatchObject({ current: two.version, before: one.version, split: null });
    await split('ends', { version: one.version });
    await deploy({ name: 'ends' }, 'export const three = 3');
    expect((await list('ends')).split).toBeNull();
  });

  test('the current version has nothing to share with itself', async () => {
    const { version } = await deploy({ name: 'self' }, 'export {}');
    const body = { v: 1, version, percent: 10, key: { by: 'address' }, watchMs: null };
    expect(await control.refused('PUT', '/v1/functions/self/split', { body })).toMatchObject({ code: 'bad-request' });
  });

  test('a watched split whose version fails ends by itself, by what either of two gateways has seen', async () => {
    await using second = await control.bench.startSecondGateway();
    const one = await deploy({ name: 'watched' }, 'export const one = 1');
    const two = await deploy({ name: 'watched' }, 'export const two = 2', { kind: 'preview' });
    await serve('watched', one.version, answering('fine'));
    await serve('watched', two.version, (served) => served.answer('broken', { status: 500 }));
    await split('watched', { percent: 50, key: { by: 'header', name: 'x-user' }, watchMs: 600_000 });
    for (let round = 0; (await list('watched')).split !== null; round++) {
      for (const user of users) await call(`${second.url}/fn/watched/`, { 'x-user': `${user}-${round}` });
    }
    const [other, current] = (await list('watched')).versions as [
      VersionList['versions'][number],
      VersionList['versions'][number],
    ];
    expect([current.version, current.state]).toEqual([one.version, 'current']);
    expect(other).toMatchObject({ state: 'rolled-back', rolledBack: { reason: 'errors' } });
    expect(other.rolledBack!.detail).toMatch(/^(\d+) of \1 calls failed; of the current version 0 of \d+ calls$/);
    expect(new Set(await answersOf('watched'))).toEqual(new Set(['200 fine']));
  });
});

test('what deleting would end is told, and nothing is deleted by asking', async () => {
  const bindings = { STATE: { type: 'kv' }, FILES: { type: 'bucket' } } as const;
  const webhooks = [{ name: 'in', verify: 'none' }] as never;
  const schedules = [{ name: 'nightly', cron: '30 2 * * *' }] as never;
  const { version } = await deploy({ name: 'doomed', routes: ['/doomed'], bindings, webhooks, schedules }, 'export {}');
  const back = { BACK: { type: 'service', function: 'doomed' } } as const;
  await deploy({ name: 'caller', bindings: back }, 'export {}');
  const accept = { v: 1, request: { v: 1, method: 'GET', path: '/', headers: [], body: null }, notBefore: null };
  const event = { ...accept, callback: null, idempotencyKey: null, orderingKey: null };
  await control.ask('POST', '/v1/functions/doomed/events', { body: event });
  const { url } = control.bench;
  expect((await control.ask('GET', '/v1/functions/doomed/deletion')).json).toEqual({
    v: 1,
    function: 'doomed',
    version,
    ends: {
      urls: [`${url}/fn/doomed/`, `${url}/doomed`],
      webhooks: [`${url}/hooks/doomed/in`],
      schedules: [{ name: 'nightly', cron: '30 2 * * *', timezone: 'Europe/Paris' }],
      callers: ['caller'],
    },
    waits: { events: 1, queueMessages: 0, deadLetters: 0 },
    stays: {
      versions: 1,
      secrets: [],
      bindings: [
        { name: 'STATE', type: 'kv', keys: 0 },
        { name: 'FILES', type: 'bucket', keys: null },
      ],
    },
  });
  expect(await states('doomed')).toEqual(['current']);
});
