import { readFile, rm, writeFile } from 'node:fs/promises';
import { identityFiles } from '@sovfn/bus';
import { defineZone, type SignedLabels } from '@sovfn/protocol';
import { makePlatformIdentity, makeTemporaryFolder, PARIS } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSupervisor, type SupervisorConfig } from '../../src/index.ts';
import { Platform } from './platform.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(() => platform[Symbol.asyncDispose]());

const NODE = 'node-1';

/** Resolves with the code with which the node refuses to start. */
async function refusal(change: Partial<SupervisorConfig> = {}): Promise<string> {
  const start = startSupervisor({ ...platform.config, ...change }, { log: platform.probe.log });
  const code = start.then(
    async (node) => (await node.close(), 'started'),
    (error: { code: string }) => error.code,
  );
  return code;
}

async function changeLabels(change: (signed: SignedLabels) => object): Promise<void> {
  const { directory } = await platform.identity.enrol('node', NODE);
  const file = identityFiles(directory).labels;
  await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')) as SignedLabels)));
}

test('a node without labels does not start', async () => {
  await rm(identityFiles(platform.config.identity.directory).labels);
  expect(await refusal()).toBe('labels-missing');
  await platform.identity.enrol('node', NODE);
});

test('a node whose labels have expired does not start', async () => {
  await platform.identity.enrol('node', NODE, { expiresAt: new Date(Date.now() - 1) });
  expect(await refusal()).toBe('labels-expired');
  await platform.identity.enrol('node', NODE);
});

test('a node whose labels were changed after they were signed does not start', async () => {
  await changeLabels(({ labels, signature }) => ({ signature, labels: { ...labels, city: 'Lyon' } }));
  expect(await refusal()).toBe('labels-forged');
  await platform.identity.enrol('node', NODE);
});

test('a node with labels of another platform does not start', async () => {
  await using folder = await makeTemporaryFolder('stranger');
  const stranger = await makePlatformIdentity(folder.path);
  const { platformKeyFile } = stranger;
  expect(await refusal({ identity: { ...platform.config.identity, platformKeyFile } })).toBe('labels-foreign');
});

test('a node with labels for another node’s key, or another name, does not start', async () => {
  const other = await platform.identity.enrol('node', 'node-2');
  const theirs = await readFile(identityFiles(other.directory).labels);
  await writeFile(identityFiles(platform.config.identity.directory).labels, theirs);
  expect(await refusal()).toBe('labels-wrong-key');
  await platform.identity.enrol('node', NODE);
  expect(await refusal({ node: 'node-3' })).toBe('labels-wrong-key');
});

test('a node whose labels say zones that do not follow from its country does not start', async () => {
  await changeLabels(({ labels, signature }) => ({ signature, labels: { ...labels, country: 'DE', region: null } }));
  expect(await refusal()).toBe('labels-invalid');
  await platform.identity.enrol('node', NODE);
});

test('a node cannot put a named zone into its labels, whether it has what the zone asks for or not', async () => {
  for (const [certs, code] of [
    [['SecNumCloud'], 'labels-invalid'],
    [['HDS'], 'labels-forged'],
  ] as const) {
    const named = defineZone('certified', { certs });
    await changeLabels(({ labels, signature }) => ({
      signature,
      labels: { ...labels, zones: [...labels.zones, named.name], namedZones: [named] },
    }));
    expect(await refusal({ zones: [named.name] })).toBe(code);
  }
  await platform.identity.enrol('node', NODE);
  expect(await refusal({ zones: ['certified'] })).toBe('zone-unsatisfied');
});

test('a node does not start for a zone that its labels do not satisfy', async () => {
  await platform.identity.enrol('node', NODE, { place: { ...PARIS, country: 'DE', region: null, city: 'Bonn' } });
  expect(await refusal()).toBe('zone-unsatisfied');
  await platform.identity.enrol('node', NODE);
});

test('a node whose labels expire while it runs says so', async () => {
  await platform.identity.enrol('node', NODE, { expiresAt: new Date(Date.now() + 3_000) });
  await using node = await platform.startSupervisor();
  await node.expired;
  await platform.identity.enrol('node', NODE);
}, 60_000);
