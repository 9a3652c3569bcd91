/** The port for nodes with a certificate that the company's own authority has issued: another kind of key than ours, and a chain. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { freePort, makeTemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLinkAuthority, openServerCertificate } from '../src/link/link-authority.ts';
import { dataFolder, prepareDataFolder } from '../src/platform/data-folder.ts';
import { type RunningPlatform, upPlatform } from '../src/platform/index.ts';
import { makeHome, type PlatformHome, somePorts } from './platform/platform-home.ts';
import { runInProcess, startInProcess } from './run-in-process.ts';

/** What the certificate names, and what it does not. */
const [NAMED, UNNAMED] = ['localhost', '127.0.0.1'];

let home: PlatformHome;
let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
let platform: RunningPlatform;
let tls: string;
const listenNodes = { host: '127.0.0.1', port: 0 };

beforeAll(async () => {
  home = await makeHome();
  folder = await makeTemporaryFolder('certificates');
  listenNodes.port = await freePort();
  await prepareDataFolder(home.data);
  ({ tls } = dataFolder(home.data));
  await mkdir(tls, { mode: 0o700 });
  await makeAuthorities();
  await putServerCertificate();
  platform = await start();
}, 120_000);
afterAll(async () => {
  await platform.stop();
  await home[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function start(): Promise<RunningPlatform> {
  const { environment, data } = home;
  const ports = await somePorts();
  return upPlatform({ data, ports, environment, fleet: { listenNodes }, onProgress: () => undefined });
}

const sovfn = (...argv: string[]) => runInProcess(argv, { env: home.environment, cwd: folder.path });
const file = (name: string): string => join(folder.path, name);
const openssl = (...argv: string[]) => promisify(execFile)('openssl', argv, { cwd: folder.path });
const addNode = (node: string, host: string) =>
  sovfn('nodes', 'add', node, '--country', 'FR', '--address', `${host}:${listenNodes.port}`);

function startNode(node: string, ...more: string[]) {
  const end = new AbortController();
  const options = { env: home.environment, cwd: folder.path, signal: end.signal };
  return { end, ...startInProcess(['node', '--data', join(folder.path, `data-${node}`), ...more], options) };
}

async function isListed(node: string): Promise<boolean> {
  const { nodes } = JSON.parse((await sovfn('nodes', 'list', '--json')).stdout) as { nodes: { name: string }[] };
  return nodes.some(({ name }) => name === node);
}

/** A root, and below it the one that issues. */
async function makeAuthorities(): Promise<void> {
  const ca = 'basicConstraints=critical,CA:TRUE';
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  await openssl(
    'req',
    '-x509',
    ...ec,
    ...['-keyout', 'root.key', '-out', 'root.pem', '-subj', '/CN=Exemple', '-addext', ca],
  );
  await openssl('req', ...ec, ...['-keyout', 'issuing.key', '-out', 'issuing.csr', '-subj', '/CN=Exemple Serveurs']);
  await writeFile(file('ca.ext'), ca);
  await issue('issuing', { by: 'root', extensions: 'ca.ext' });
}

async function issue(name: string, { by, extensions }: { by: string; extensions: string }): Promise<void> {
  const signer = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', '30'];
  await openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', extensions, ...signer);
}

/** As an administrator would: the certificate with the one that issued it behind, its key, and the root. */
async function putServerCertificate(): Promise<void> {
  await openssl(
    ...['req', '-newkey', 'rsa:3072', '-nodes', '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=x'],
  );
  await writeFile(file('server.ext'), `subjectAltName=DNS:${NAMED}`);
  await issue('server', { by: 'issuing', extensions: 'server.ext' });
  await appendFile(file('server.pem'), await readFile(file('issuing.pem')));
  for (const name of ['server.pem', 'server.key']) await copyFile(file(name), join(tls, name));
  await copyFile(file('root.pem'), join(tls, 'server-ca.pem'));
}

/** Why TLS is refused; null: it is not. */
async function handshake(ca: string): Promise<string | null> {
  const socket = connect({ host: '127.0.0.1', port: listenNodes.port, servername: NAMED, ca });
  const failed = once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code ?? 'error');
  const refusal = await Promise.race([failed, once(socket, 'secureConnect').then(() => null)]);
  socket.destroy();
  return refusal;
}

test('the port shows the certificate that was put there, which the platform’s own authority does not vouch for', async () => {
  expect(await handshake(await readFile(file('root.pem'), 'utf8'))).toBeNull();
  const own = await readFile(join(tls, 'authority.pem'), 'utf8');
  expect(await handshake(own)).toMatch(/UNABLE_TO|SELF_SIGNED/);
});

test('doctor names the certificates that expire within a month: those of the files, and the one that the port shows', async () => {
  const { stdout } = await sovfn('doctor', '--json');
  const { checks } = JSON.parse(stdout) as { checks: { check: string; state: string; detail: string; hint: string }[] };
  const finding = checks.find(({ check }) => check === 'certificates')!;
  expect(finding.state).toBe('warn');
  const named = [...finding.detail.matchAll(/(?:^|, )(.*?) is valid until 20/g)].map(([, where]) => where);
  const [server, ca] = ['server.pem', 'server-ca.pem'].map((name) => join(tls, name)) as [string, string];
  expect(named).toEqual([server, `${server} (2. of the file)`, ca, 'the one of the port for nodes']);
  expect(finding.hint).toContain('Put a renewed server.pem, server.key and server-ca.pem there');
});

test('a node enrols and serves over it, and goes on when the certificate was renewed, without another bundle', async () => {
  expect(await addNode('paris-1', NAMED)).toMatchObject({ code: 0 });
  const first = startNode('paris-1', '--enrol', 'paris-1.json');
  await first.untilStderr('Ctrl-C');
  await expect.poll(() => isListed('paris-1'), { timeout: 60_000 }).toBe(true);
  first.end.abort();
  await first.code;
  await platform.stop();
  await putServerCertificate();
  platform = await start();
  const second = startNode('paris-1');
  await second.untilStderr('Ctrl-C');
  await expect.poll(() => isListed('paris-1'), { timeout: 60_000 }).toBe(true);
  second.end.abort();
  await second.code;
}, 180_000);

test('a node that reaches the platform under a name that the certificate does not have sends it nothing', async () => {
  expect(await addNode('lyon-1', UNNAMED)).toMatchObject({ code: 0 });
  const node = startNode('lyon-1', '--enrol', 'lyon-1.json');
  expect(await node.code).toBe(70);
  expect((await node.stderr).toString()).toContain('(platform-unreachable)');
  expect(await isListed('lyon-1')).toBe(false);
}, 60_000);

test('a key that is not the certificate’s is refused with the files that are wrong', async () => {
  await using wrong = await makeTemporaryFolder('tls');
  const authority = await openLinkAuthority(wrong.path);
  await copyFile(join(tls, 'server.pem'), join(wrong.path, 'server.pem'));
  await copyFile(file('root.key'), join(wrong.path, 'server.key'));
  await copyFile(file('root.pem'), join(wrong.path, 'server-ca.pem'));
  await expect(openServerCertificate(wrong.path, authority)).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(`${join(wrong.path, 'server.pem')} and`) as string,
  });
});
