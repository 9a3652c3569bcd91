/** Zones that an operator names, on a whole platform with nodes of other hosts, which here is the same one. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeCredential } from '@sovfn/bus';
import { WireClient } from '@sovfn/bus/wire';
import { placementSubject, SUPERVISOR_QUEUE, zoneOfStream } from '@sovfn/protocol';
import { freePort, makeTemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningPlatform, upPlatform } from '../src/platform/index.ts';
import { makeHome, type PlatformHome, somePorts } from './platform/platform-home.ts';
import { runInProcess, startInProcess, type Written } from './run-in-process.ts';

/** Of the machine of the platform, and of the node that has the certification. */
const CERTIFIED = { country: 'FR', certs: ['SecNumCloud'] };

let home: PlatformHome;
let elsewhere: Awaited<ReturnType<typeof makeTemporaryFolder>>;
let platform: RunningPlatform;
let ports: Awaited<ReturnType<typeof somePorts>>;
const link = { host: '127.0.0.1', port: 0 };
const running: { end: AbortController; code: Promise<unknown> }[] = [];

beforeAll(async () => {
  home = await makeHome();
  elsewhere = await makeTemporaryFolder('elsewhere');
  link.port = await freePort();
  ports = await somePorts();
  platform = await up();
  for (const [node, ...certs] of [['certified', '--certs', 'SecNumCloud,HDS'], ['plain']] as const) {
    expect(await sovfn('nodes', 'add', node, '--country', 'FR', ...certs)).toMatchObject({ code: 0 });
  }
  await mkdir(join(elsewhere.path, 'vault'));
  await writeFile(
    join(elsewhere.path, 'vault', 'index.ts'),
    `export default { async fetch() { return new Response('kept'); } };`,
  );
  const config = { name: 'vault', main: 'index.ts', residency: 'secnum' };
  await writeFile(join(elsewhere.path, 'vault', 'sovfn.jsonc'), JSON.stringify(config));
}, 180_000);

afterAll(async () => {
  for (const { end } of running) end.abort(new Error('the test ends it'));
  await Promise.allSettled(running.map(({ code }) => code));
  await platform.stop();
  await home[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
}, 60_000);

const up = (): Promise<RunningPlatform> =>
  upPlatform({
    ...{ data: home.data, ports, environment: home.environment, place: CERTIFIED, fleet: { listenNodes: link } },
    onProgress: () => undefined,
  });

const sovfn = (...argv: string[]): Promise<Written> =>
  runInProcess(argv, { env: home.environment, cwd: elsewhere.path });

async function startNode(node: string, ...more: string[]): Promise<void> {
  const end = new AbortController();
  const options = { env: home.environment, cwd: elsewhere.path, signal: end.signal };
  const started = startInProcess(['node', '--data', join(elsewhere.path, `data-${node}`), ...more], options);
  running.push({ end, code: started.code });
  const failed = started.code.then(async (code) => {
    throw new Error(`the node ended with ${code}: ${(await started.stderr).toString()}`);
  });
  await Promise.race([started.untilStderr('Ctrl-C'), failed]);
}

async function endNodes(): Promise<void> {
  const ending = running.splice(0);
  for (const { end } of ending) end.abort(new Error('the test ends it'));
  await Promise.allSettled(ending.map(({ code }) => code));
}

async function zones(): Promise<Record<string, string[]>> {
  const { stdout } = await sovfn('zones', 'list', '--json');
  const list = (JSON.parse(stdout) as { zones: { name: string; nodes: string[] }[] }).zones;
  return Object.fromEntries(list.map(({ name, nodes }) => [name, nodes]));
}

const call = (): Promise<Response> => fetch(`${platform.facts.urls.public}/fn/vault/`);

test('a zone cannot be called like a country or region, and must ask for something', async () => {
  for (const name of ['fr', 'eu', 'fr-idf']) {
    expect((await sovfn('zones', 'add', name, '--certs', 'SecNumCloud')).stderr).toContain(
      'must not be that of a country, a region or the Union',
    );
  }
  expect((await sovfn('zones', 'add', 'anything')).stderr).toBe(
    '✖ zone "anything" asks for nothing (usage)\n' +
      '  → Give at least one of --country, --region, --operator, --legal-seat, --certs.\n',
  );
  expect((await sovfn('zones', 'add', 'anything', '--country', 'FR,France')).stderr).toBe(
    '✖ --country "FR,France": must be two capital letters (ISO 3166-1), such as FR (usage)\n' +
      '  → See sovfn zones add --help.\n',
  );
  expect((await sovfn('deploy', 'vault')).stderr).toContain('(unknown-zone)');
});

test('a zone is named once, shows who is in it, and is in the audit log', async () => {
  const added = await sovfn('zones', 'add', 'secnum', '--country', 'FR', '--certs', 'SecNumCloud');
  expect(added).toMatchObject({ code: 0 });
  expect(added.stdout).toContain('secnum asks for: country FR; certifications SecNumCloud.');
  expect(added.stdout).toMatch(/^this machine +in the zone$/m);
  expect(added.stdout).toMatch(/^certified +in the zone$/m);
  expect(added.stdout).toMatch(/^plain +not in it \(certifications: not declared\)$/m);
  expect(await sovfn('zones', 'add', 'secnum', '--country', 'FR', '--certs', 'SecNumCloud')).toMatchObject({ code: 0 });
  expect((await sovfn('zones', 'add', 'secnum', '--country', 'FR')).stderr).toContain('(zone-exists)');
  const { stdout } = await sovfn('audit', 'list', '--all', '--json');
  expect(stdout.split('"nameZone"')).toHaveLength(2);
});

test('only nodes whose labels satisfy a named zone serve it, from the restart on; the others get a refusal of NATS', async () => {
  await platform.stop();
  platform = await up();
  await startNode('certified', '--enrol', 'certified.json');
  await startNode('plain', '--enrol', 'plain.json');
  await expect.poll(zones).toEqual({ fr: ['certified', 'node-1', 'plain'], secnum: ['certified', 'node-1'] });
  expect((await sovfn('zones', 'add', 'secnum', '--country', 'FR')).stderr).toContain('(zone-exists)');

  expect(await sovfn('deploy', 'vault')).toMatchObject({ code: 0 });
  expect(await sovfn('nodes', 'drain', 'node-1')).toMatchObject({ code: 0 });
  const answer = await call();
  expect([answer.status, answer.headers.get('sovfn-node'), answer.headers.get('sovfn-zone')]).toEqual([
    ...[200, 'certified', 'secnum'],
  ]);
  const tags = await tagsOfStreams('secnum');
  expect(Object.keys(tags)).toEqual(expect.arrayContaining(['EVT_secnum', 'KV_kv-secnum', 'LOG_secnum', 'RCT_secnum']));
  for (const [stream, tag] of Object.entries(tags)) expect([stream, tag]).toEqual([stream, ['zone:secnum']]);
  expect(await subscribed('certified')).toEqual([]);
  expect(await subscribed('plain')).toEqual([
    `Permissions Violation for Subscription to "place.secnum.fr" using queue "s"`,
  ]);
}, 180_000);

test('a receipt says what the zone asks for, and is refused for a definition that its machines do not satisfy', async () => {
  const invocation = (await call()).headers.get('sovfn-invocation')!;
  await writeFile(join(elsewhere.path, 'r.json'), (await sovfn('receipts', 'get', invocation, '--json')).stdoutBytes);
  await writeFile(join(elsewhere.path, 'zone.json'), (await sovfn('zones', 'show', 'secnum', '--json')).stdout);
  const verified = await sovfn('receipts', 'verify', 'r.json', '--zone', 'zone.json');
  expect(verified).toMatchObject({ code: 0 });
  expect(verified.stdout).toContain('country FR; certifications SecNumCloud');
  const definition = JSON.parse(await readFile(join(elsewhere.path, 'zone.json'), 'utf8')) as { zone: object };
  for (const [change, reason] of [
    [{ certs: ['HDS', 'SecNumCloud'] }, 'is not in zone "secnum" as it is defined: its labels say of certifications'],
    [{ name: 'other-zone' }, 'the call was one of zone "secnum", not of "other-zone"'],
  ] as const) {
    await writeFile(
      join(elsewhere.path, 'other.json'),
      JSON.stringify({ ...definition, zone: { ...definition.zone, ...change } }),
    );
    expect((await sovfn('receipts', 'verify', 'r.json', '--zone', 'other.json')).stderr).toContain(reason);
  }
});

test('without a node that is in the zone a call gets 503, although one of the same country is there, and an event waits for it', async () => {
  expect(await sovfn('nodes', 'drain', 'certified')).toMatchObject({ code: 0 });
  const refused = await call();
  expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'no-node-in-zone' }]);
  const accepted = await fetch(`${platform.facts.urls.public}/fn/vault/`, {
    ...{ method: 'POST', headers: { prefer: 'respond-async' }, body: 'x' },
  });
  expect(accepted.status).toBe(202);
  const state = async (): Promise<unknown> =>
    (JSON.parse((await sovfn('events', 'list', 'vault', '--json')).stdout) as { events: { state: string }[] })
      .events[0]!.state;
  expect(await state()).not.toBe('succeeded');
  await endNodes();
  await startNode('certified');
  await expect.poll(state).toBe('succeeded');
}, 120_000);

/** Tags to which the streams of a zone are pinned, as the server says it. */
async function tagsOfStreams(zone: string): Promise<Record<string, readonly string[]>> {
  const answer = await fetch(`http://127.0.0.1:${ports.monitor}/jsz?streams=true&config=true`);
  const { account_details: accounts } = (await answer.json()) as Jetstream;
  const streams = accounts.flatMap(({ stream_detail }) => stream_detail);
  const ofZone = streams.filter(({ name }) => zoneOfStream(name) === zone);
  return Object.fromEntries(ofZone.map(({ name, config }) => [name, config.placement?.tags ?? []]));
}

interface Jetstream {
  readonly account_details: readonly {
    readonly stream_detail: readonly {
      readonly name: string;
      readonly config: { readonly placement?: { readonly tags?: readonly string[] } };
    }[];
  }[];
}

/** What NATS says to whoever subscribes by hand to the placements of the zone, with the credential of a node. */
async function subscribed(node: string): Promise<string[]> {
  const refusals: string[] = [];
  const file = join(elsewhere.path, `data-${node}`, 'keys', 'bus.creds');
  const credential = decodeCredential(await readFile(file, 'utf8'));
  const address = { host: '127.0.0.1', port: platform.facts.ports.bus };
  const onRefused = (reason: string): void => void refusals.push(reason);
  const client = await WireClient.connect({ address, credential, name: 'by hand', onRefused });
  client.subscribe(placementSubject('secnum', 'FR'), SUPERVISOR_QUEUE, () => undefined);
  await client.flush();
  await client.close();
  return refusals;
}
