import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePlatformIdentity, makeTemporaryFolder, PARIS } from '@sovfn/testkit';
import { identityFiles, readLabels } from '@sovfn/bus';
import type { NodeRecord } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCertificate } from '../../src/link/certificate.ts';
import { openLinkAuthority, openServerCertificate } from '../../src/link/link-authority.ts';
import { makeSay } from '../../src/language.ts';
import { en } from '../../src/messages/en.ts';
import { dataFolder } from '../../src/platform/data-folder.ts';
import { checkCertificates } from '../../src/platform/doctor/certificates.ts';
import { checkVersions } from '../../src/platform/doctor/nodes.ts';

const DAY_MS = 86_400_000;
const say = makeSay(en);

let home: Awaited<ReturnType<typeof makeTemporaryFolder>>;
beforeAll(async () => {
  home = await makeTemporaryFolder('expiry');
});
afterAll(() => home[Symbol.asyncDispose]());

async function contextOf(name: string) {
  const folder = dataFolder(join(home.path, name));
  await mkdir(folder.path, { recursive: true });
  return { folder, environment: {}, running: null, say };
}

test('doctor says that no certificate is used where no nodes of other hosts are listened for', async () => {
  expect(await checkCertificates(await contextOf('alone'))).toMatchObject({
    state: 'ok',
    detail: 'none are used: the parts talk on the loopback address',
  });
});

test('certificates that the platform made are well for two years, then doctor says to start it again', async () => {
  const context = await contextOf('platform');
  await openServerCertificate(context.folder.tls, await openLinkAuthority(context.folder.tls));
  expect(await checkCertificates(context)).toMatchObject({ state: 'ok' });
  const server = join(context.folder.tls, 'server.pem');
  const after = async (days: number) => checkCertificates(context, new Date(Date.now() + days * DAY_MS));
  expect(await after(701)).toMatchObject({
    state: 'warn',
    detail: expect.stringMatching(`^${server} is valid until 20\\S+$`) as string,
    hint: expect.stringMatching(/^Start the platform again/) as string,
  });
  expect(await after(731)).toMatchObject({
    state: 'fail',
    detail: expect.stringMatching(`^${server} expired on 20\\S+$`) as string,
  });
});

test('doctor fails a node whose certificate has expired, and says to enrol the machine again', async () => {
  const context = await contextOf('node');
  const { privateKey: issuerKey, publicKey } = generateKeyPairSync('ed25519');
  const [notBefore, notAfter] = [new Date(Date.now() - 9 * DAY_MS), new Date(Date.now() - DAY_MS)];
  await mkdir(context.folder.tls);
  await writeFile(
    join(context.folder.tls, 'node.pem'),
    issueCertificate({
      ...{ subject: 'lyon-1', publicKey, issuer: 'Exemple', issuerKey, use: 'client', names: [] },
      ...{ notBefore, notAfter },
    }),
  );
  expect(await checkCertificates(context)).toMatchObject({
    state: 'fail',
    detail: expect.stringContaining('node.pem expired on') as string,
    hint: expect.stringContaining('enrol the machine again') as string,
  });
});

test('doctor names which of command line, platform and nodes is of another version, and what to install where', async () => {
  const nodes = [await recordOf('paris-1', '0.2.0'), await recordOf('lyon-1', '0.1.0'), await recordOf('nice-1', null)];
  expect(checkVersions(nodes.slice(0, 1), { version: '0.2.0' }, { say }, '0.2.0')).toMatchObject({ state: 'ok' });
  expect(checkVersions(nodes, { version: '0.2.0' }, { say }, '0.3.0')).toEqual({
    check: 'versions',
    state: 'warn',
    detail: 'sovfn of the command line 0.3.0, platform 0.2.0, paris-1 0.2.0, lyon-1 0.1.0, nice-1 not stated',
    hint:
      'Start the platform again with the `sovfn up` of the version that is to run. ' +
      'Install sovfn 0.2.0 for lyon-1, nice-1, and start them again.',
  });
});

async function recordOf(name: string, sovfn: string | null): Promise<NodeRecord> {
  const identities = join(home.path, `identity-${name}`);
  await mkdir(identities);
  const platform = await makePlatformIdentity(identities);
  const { directory } = await platform.enrol('node', name, { place: PARIS });
  const labels = await readLabels(identityFiles(directory).labels);
  const software = sovfn === null ? null : { sovfn, node: '26.0.0' };
  const facts = { lockLevel: 2, brokerLockLevel: null, isDraining: false, cells: 0, versions: 0, software };
  return { v: 1, name, zones: ['fr'], labels, ...facts, seenAt: new Date().toISOString() };
}
