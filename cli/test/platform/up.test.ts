import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connectToBusOf } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  platformStatus,
  readCurrentOperator,
  readCurrentPlatform,
  runDoctor,
  type RunningPlatform,
  upPlatform,
  type UpProgress,
} from '../../src/platform/index.ts';
import { makeSay } from '../../src/language.ts';
import { fr } from '../../src/messages/fr.ts';
import { SOVFN_VERSION } from '../../src/platform/version.ts';
import { isAlive, makeHome, type PlatformHome, somePorts } from './platform-home.ts';

let home: PlatformHome;
let platform: RunningPlatform;
const events: UpProgress[] = [];

beforeAll(async () => {
  home = await makeHome();
  process.env.A_SECRET_OF_THE_USER = 'hunter2';
  platform = await upPlatform({
    data: home.data,
    ports: await somePorts(),
    fleet: { gateways: 1 },
    environment: home.environment,
    onProgress: (event) => events.push(event),
  });
});

afterAll(async () => {
  delete process.env.A_SECRET_OF_THE_USER;
  await platform.stop();
  await home[Symbol.asyncDispose]();
});

test('the platform is ready when `up` says so, and is the current one', async () => {
  const { url, publicUrl, token } = (await readCurrentPlatform(home.environment))!;
  const operator = (await readCurrentOperator(home.environment))!;
  expect({ control: url, public: publicUrl, operator: operator.url }).toEqual(platform.facts.urls);
  const asOperator = { headers: { authorization: `Bearer ${operator.token}` } };
  expect((await fetch(`${operator.url}/v1/tenants`, asOperator)).status).toBe(200);
  const response = await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${token}` } });
  expect(await response.json()).toMatchObject({ ready: true, nodes: [{ name: 'node-1', zones: ['fr'] }] });
  expect((await fetch(`${publicUrl}/fn/absent/`)).status).toBe(404);
});

test('a request without the token is refused', async () => {
  expect((await fetch(`${platform.facts.urls.control}/v1/status`)).status).toBe(401);
});

test('nobody but the owner can read the data folder, its keys, and the note of the current platform', async () => {
  const keys = await readdir(join(home.data, 'keys'));
  const secret = [join(home.config, 'sovfn', 'current.json'), ...keys.map((name) => join(home.data, 'keys', name))];
  for (const path of secret) expect([path, (await stat(path)).mode & 0o777]).toEqual([path, 0o600]);
  for (const path of [home.data, join(home.data, 'keys'), join(home.data, 'objects')]) {
    expect([path, (await stat(path)).mode & 0o777]).toEqual([path, 0o700]);
  }
});

test('no part inherits a variable of the user’s environment', async () => {
  expect([...platform.pids.keys()].toSorted()).toEqual(['bus', 'gateway', 'node', 'store']);
  for (const pid of platform.pids.values()) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    expect(environment).not.toContain('A_SECRET_OF_THE_USER');
    expect(environment).toContain('TZ=UTC');
  }
});

test('a second `up` on the same data says where the first one answers', async () => {
  const second = upPlatform({ data: home.data, environment: home.environment, onProgress: () => undefined });
  await expect(second).rejects.toMatchObject({
    code: 'platform-running',
    message: `process ${process.pid} already runs the platform of ${home.data}; it answers at ${platform.facts.urls.public}`,
    facts: { controlUrl: platform.facts.urls.control },
  });
});

test('every stream and bucket is pinned to the zone, and the server carries the tags of the zones that its machine is in', async () => {
  const connection = await connectToBusOf({ data: home.data }, 'looker');
  const { streams } = await jetstreamManager(connection);
  const pins = new Map<string, readonly string[]>();
  for await (const name of streams.names()) pins.set(name, (await streams.info(name)).config.placement?.tags ?? []);
  await connection.close();
  expect([...pins.keys()]).toEqual(expect.arrayContaining(['EVT_fr', 'OUT_fr', 'KV_kv-fr', 'KV_functions', 'AUDIT']));
  expect([...pins].filter(([, tags]) => tags.join() !== 'zone:fr')).toEqual([]);
  const { tags } = (await (await fetch(`http://127.0.0.1:${platform.facts.ports.monitor}/varz`)).json()) as {
    tags: string[];
  };
  expect(tags).toEqual(['zone:fr', 'zone:eu']);
});

test('doctor finds nothing wrong, and finds a secret that others can read', async () => {
  const options = { data: home.data, environment: home.environment };
  const findings = await runDoctor(options);
  expect(findings.filter(({ state }) => state === 'fail')).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      ...['durable-writes', 'call-subjects', 'replicas', 'bus-room', 'store', 'store-features', 'labels', 'nodes'],
      ...['data-folder', 'isolates', 'certificates', 'versions'],
    ]),
  );
  const version = SOVFN_VERSION;
  expect(findings).toContainEqual({
    check: 'versions',
    state: 'ok',
    detail: `sovfn of the command line ${version}, platform ${version}, node-1 ${version}`,
    hint: null,
  });

  const exposed = join(home.data, 'keys', 'exposed');
  await writeFile(exposed, 'x', { mode: 0o644 });
  const finding = (await runDoctor(options)).find(({ check }) => check === 'data-folder');
  expect(finding).toMatchObject({ state: 'fail', detail: `other users may read or write ${exposed}` });
});

test('in French, doctor says everything in French', async () => {
  const options = { data: home.data, environment: home.environment };
  const [english, french] = [await runDoctor(options), await runDoctor({ ...options, say: makeSay(fr) })];
  expect(french.map(({ check }) => check)).toEqual(english.map(({ check }) => check));
  // Of a server, path and version are told in the same words.
  const told = french.filter(({ check }) => !['nats-server', 'minio'].includes(check));
  for (const { check, detail, hint } of told) {
    const inEnglish = english.find((one) => one.check === check)!;
    expect(detail).not.toBe(inEnglish.detail);
    if (hint !== null) expect(hint).not.toBe(inEnglish.hint);
  }
  expect(told).toContainEqual({
    check: 'call-subjects',
    state: 'ok',
    detail: 'seuls les cellules et les superviseurs écoutent les appels',
    hint: null,
  });
});

test.for(['gateway', 'node', 'bus', 'store'] as const)('the %s is started again after kill -9', async (part) => {
  const before = platform.pids.get(part)!;
  const from = events.length;
  process.kill(before, 'SIGKILL');
  await expect
    .poll(
      () => events.slice(from).flatMap((event) => (event.type === 'part' && event.part === part ? [event.state] : [])),
      {
        timeout: 20_000,
      },
    )
    .toEqual(['died', 'restarting', 'ready']);
  expect(platform.pids.get(part)).not.toBe(before);
  await expect
    .poll(async () => (await platformStatus(home.environment))?.status?.ready ?? false, { timeout: 20_000 })
    .toBe(true);
});

test('stopping ends every process in order and forgets the current platform', async () => {
  const pids = [...platform.pids.values()];
  const from = events.length;
  await platform.stop();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(await readCurrentPlatform(home.environment)).toBeNull();
  const stopped = events
    .slice(from)
    .flatMap((event) => (event.type === 'part' && event.state === 'stopped' ? [event.part] : []));
  expect(stopped.slice(0, 2)).toEqual(['gateway', 'node']);
  expect(stopped.slice(2).toSorted()).toEqual(['bus', 'store']);
  expect(await readdir(join(home.data, 'run'))).not.toContain('platform.json');
});
