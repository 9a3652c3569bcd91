/** Nodes of other hosts, which here is the same one: what they may do is what the platform granted over TLS. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { connectBus, decodeCredential } from '@sovfn/bus';
import { type EnrolmentBundle, LINK_PROTOCOLS } from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { freePort, makeTemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCertificate } from '../src/link/certificate.ts';
import { runNode } from '../src/node/run-node.ts';
import { type RunningPlatform, upPlatform } from '../src/platform/index.ts';
import { makeHome, type PlatformHome, somePorts } from './platform/platform-home.ts';
import { runInProcess, startInProcess, type Written } from './run-in-process.ts';

const PLACE = ['--country', 'FR', '--region', 'fr-idf', '--city', 'Paris', '--operator', 'Exemple', '--certs', 'HDS'];

let home: PlatformHome;
let elsewhere: Awaited<ReturnType<typeof makeTemporaryFolder>>;
let platform: RunningPlatform;
const link = { host: '127.0.0.1', port: 0 };

beforeAll(async () => {
  home = await makeHome();
  elsewhere = await makeTemporaryFolder('elsewhere');
  link.port = await freePort();
  platform = await upPlatform({
    data: home.data,
    ports: await somePorts(),
    environment: home.environment,
    fleet: { listenNodes: link },
    onProgress: () => undefined,
  });
});

afterAll(async () => {
  await platform.stop();
  await home[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
});

const sovfn = (...argv: string[]): Promise<Written> =>
  runInProcess(argv, { env: home.environment, cwd: elsewhere.path });
const bundleFile = (node: string): string => join(elsewhere.path, `${node}.json`);
const readBundle = async (node: string): Promise<EnrolmentBundle> =>
  JSON.parse(await readFile(bundleFile(node), 'utf8')) as EnrolmentBundle;

async function nodesNow(): Promise<
  { name: string; zones: string[]; isDraining: boolean; labels: { labels: object } }[]
> {
  return (JSON.parse((await sovfn('nodes', 'list', '--json')).stdout) as { nodes: [] }).nodes;
}

function startNode(node: string, ...more: string[]) {
  const end = new AbortController();
  const data = join(elsewhere.path, `data-${node}`);
  const options = { env: home.environment, cwd: elsewhere.path, signal: end.signal };
  return { data, end, ...startInProcess(['node', '--data', data, ...more], options) };
}

test('a machine enrols with a bundle that only its owner can read, and serves with labels that the platform signed', async () => {
  const added = await sovfn('nodes', 'add', 'paris-1', ...PLACE);
  expect(added).toMatchObject({ code: 0 });
  expect((await stat(bundleFile('paris-1'))).mode & 0o777).toBe(0o600);
  const paris = startNode('paris-1', '--enrol', bundleFile('paris-1'));
  await paris.untilStderr('Ctrl-C');
  await expect.poll(async () => (await nodesNow()).map(({ name }) => name)).toContain('paris-1');
  const record = (await nodesNow()).find(({ name }) => name === 'paris-1')!;
  expect(record).toMatchObject({
    zones: ['fr'],
    labels: { labels: { country: 'FR', city: 'Paris', operator: 'Exemple', certs: ['HDS'], basis: 'declared' } },
  });
  const key = await readFile(join(paris.data, 'identity', 'paris-1', 'identity.key'), 'utf8');
  expect(key).toContain('PRIVATE KEY');
  paris.end.abort(new Error('the test ends it'));
  await paris.code.catch(() => undefined);

  // It comes back without a bundle, after the platform did.
  const again = startNode('paris-1');
  await again.untilStderr('Ctrl-C');
  again.end.abort(new Error('the test ends it'));
  await again.code.catch(() => undefined);
});

test('a bundle is refused the second time, after its time, and with another token', async () => {
  const use = async (node: string, change: Partial<EnrolmentBundle> = {}): Promise<unknown> => {
    const folder = await makeTemporaryFolder('thief');
    const bundle = { ...(await readBundle(node)), ...change };
    const signal = AbortSignal.timeout(30_000);
    const run = runNode({
      data: join(folder.path, 'd'),
      bundle,
      allowPrivate: false,
      onProgress: () => {},
      signal,
    });
    const error: unknown = await run.then(
      () => null,
      (reason: unknown) => reason,
    );
    await folder[Symbol.asyncDispose]();
    return error;
  };
  expect(await use('paris-1')).toMatchObject({
    code: 'enrolment-refused',
    message: expect.stringMatching(/^the bundle for node "paris-1" was used at .*; it can be used once$/) as string,
  });
  await sovfn('nodes', 'add', 'late-1', '--country', 'FR', '--valid', '1ms');
  expect(await use('late-1')).toMatchObject({
    code: 'enrolment-refused',
    message: expect.stringContaining('could be used until') as string,
  });
  const { token } = await readBundle('paris-1');
  expect(await use('late-1', { token })).toMatchObject({
    code: 'enrolment-refused',
    message: 'the bundle for node "late-1" is of no enrolment of this platform',
  });
  const { link: real } = await readBundle('late-1');
  const { certificate: serverCa } = makeStranger();
  expect(await use('late-1', { link: { ...real, serverCa } })).toMatchObject({ code: 'platform-unreachable' });
});

test('what cannot be a node of this platform is refused before anything is written', async () => {
  const refused = async (...argv: string[]): Promise<string> => (await sovfn('nodes', 'add', ...argv)).stderr;
  expect(await refused('bonn-1', '--country', 'DE')).toContain(
    'satisfy de, eu; the platform serves fr (zone-unsatisfied)',
  );
  expect(await refused('paris-1', '--country', 'FR', '--out', 'other.json')).toContain('(node-exists)');
  expect(await refused('node-1', '--country', 'FR')).toContain('(node-exists)');
  expect(await refused('x')).toContain('(usage)');
  expect(await refused('paris-1', '--country', 'FR')).toContain('is there already');
  await expect(stat(bundleFile('bonn-1'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the port for nodes lets nobody near NATS or the store without a certificate of its own authority', async () => {
  const { link: at } = await readBundle('late-1');
  const stranger = makeStranger();
  for (const own of [{}, { key: stranger.key, cert: stranger.certificate }]) {
    for (const service of ['bus', 'store'] as const) {
      const options = { ...at, servername: at.serverName, ca: at.serverCa, ALPNProtocols: [LINK_PROTOCOLS[service]] };
      const socket = connect({ ...options, ...own });
      let received = 0;
      socket.on('data', (chunk: Buffer) => (received += chunk.length));
      socket.on('error', () => undefined);
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      await once(socket, 'close');
      expect([service, received]).toEqual([service, 0]);
    }
  }
});

test('a removed node is disconnected, ends, and can come back by no way; its name is free again', async () => {
  const paris = startNode('paris-1');
  await paris.untilStderr('Ctrl-C');
  await expect.poll(async () => (await nodesNow()).map(({ name }) => name)).toContain('paris-1');
  const removed = await sovfn('nodes', 'remove', 'paris-1', '--yes');
  expect(removed).toMatchObject({ code: 0 });
  // As soon as the command has ended.
  expect((await nodesNow()).map(({ name }) => name)).not.toContain('paris-1');
  const { ports } = platform.facts;
  const credential = decodeCredential(await readFile(join(paris.data, 'keys', 'bus.creds'), 'utf8'));
  const bus = { address: { host: '127.0.0.1', port: ports.bus }, credential, name: 'thief' };
  await expect(connectBus({ ...bus, inboxPrefix: '_INBOX_node.paris-1' })).rejects.toThrow('Authorization Violation');
  const secretKey = await readFile(join(paris.data, 'keys', 'store.secret'), 'utf8');
  const user = { host: '127.0.0.1', port: ports.store, tls: false, accessKey: 'sovfn-node-paris-1', secretKey };
  const store = openStore(user);
  await expect(store.list('sovfn-bundles', '', { limit: 1 })).rejects.toMatchObject({ code: 'store-refused' });
  store.close();
  expect(await paris.code).toBe(1);
  expect((await paris.stderr).toString()).toContain('node "paris-1" is not enrolled here, or was removed');
  expect(await startNode('paris-1').code).toBe(1);
  expect(await sovfn('nodes', 'remove', 'nobody', '--yes')).toMatchObject({ code: 1 });

  expect(await sovfn('nodes', 'add', 'paris-1', ...PLACE, '--out', 'again.json')).toMatchObject({ code: 0 });
});

/** An authority of its own, and a certificate of it that names a node of the platform. */
function makeStranger() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const certificate = issueCertificate({
    ...{ subject: 'paris-1', issuer: 'paris-1', publicKey, issuerKey: privateKey, use: 'client', names: [] },
    ...{ notBefore: new Date(Date.now() - 1_000), notAfter: new Date(Date.now() + 3_600_000) },
  });
  return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
