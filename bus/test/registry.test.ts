import { jetstream } from '@nats-io/jetstream';
import {
  firstRecord,
  type FunctionRecord,
  functionConfigSchema,
  isSovfnError,
  KEPT_VERSIONS,
  type SignedLabels,
} from '@sovfn/protocol';
import { makePlatformIdentity, makeTemporaryFolder, PARIS, type TestPlatformIdentity } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  announceNode,
  createBuckets,
  FunctionRegistry,
  identityFiles,
  NodeRegistry,
  readLabels,
  withdrawNode,
} from '../src/index.ts';
import { type PlatformBus, startPlatformBus, ZONE } from './platform-bus.ts';

let bus: PlatformBus;
beforeAll(async () => {
  bus = await startPlatformBus();
});
afterAll(() => bus[Symbol.asyncDispose]());

const fail = (key: string, reason: string): void => {
  throw new Error(`${key}: ${reason}`);
};

test('a record that a gateway writes is seen by a supervisor, which may not write', async () => {
  const connection = await bus.gatewayConnection();
  const nodeConnection = await bus.nodeConnection();
  await createBuckets(connection, { home: ZONE });
  const writer = await FunctionRegistry.open(connection, fail);
  const reader = await FunctionRegistry.open(nodeConnection, fail);
  const seen = new Promise((resolve) => reader.onChange((key) => resolve(key)));
  await writer.write(record('invoice'), 0);
  expect(await seen).toBe('main.invoice');
  expect(reader.get('main', 'invoice')?.current).toBe('b'.repeat(64));
  await expect(reader.remove('main', 'invoice')).rejects.toThrow();
  await connection.close();
  await nodeConnection.close();
});

test('gateways and nodes see every change of a large record, however many there have been', async () => {
  const connection = await bus.gatewayConnection();
  const nodeConnection = await bus.nodeConnection();
  await createBuckets(connection, { home: ZONE });
  const writer = await FunctionRegistry.open(connection, fail);
  const reader = await FunctionRegistry.open(nodeConnection, fail);
  const first = record('often');
  const versions = Array.from({ length: KEPT_VERSIONS }, () => first.versions[0]!);
  // The server stops sending to a watcher that may not tell it what has arrived: after some hundred KiB.
  let revision = 0;
  for (let change = 0; change < 300; change++) revision = await writer.write({ ...first, versions }, revision);
  await vi.waitFor(
    () => {
      expect([writer.revision('main', 'often'), reader.revision('main', 'often')]).toEqual([revision, revision]);
    },
    { timeout: 20_000 },
  );
  await connection.close();
  await nodeConnection.close();
});

test('who waits for its own write reads what it wrote; a write that is never seen is an error with a limit', async () => {
  const connection = await bus.gatewayConnection();
  await createBuckets(connection, { home: ZONE });
  const registry = await FunctionRegistry.open(connection, fail);
  for (let count = 0, revision = 0; count < 100; count++) {
    revision = await registry.write(record('own'), revision);
    await registry.untilSeen('main', 'own', revision);
    expect(registry.revision('main', 'own')).toBe(revision);
  }
  vi.useFakeTimers();
  try {
    const unseen = registry.untilSeen('main', 'own', Number.MAX_SAFE_INTEGER);
    vi.advanceTimersByTime(5_000);
    await expect(unseen).rejects.toMatchObject({ code: 'bus-unavailable' });
  } finally {
    vi.useRealTimers();
  }
  await connection.close();
});

test('of two writes on the same revision one wins, and the other is told so', async () => {
  const connection = await bus.gatewayConnection();
  await createBuckets(connection, { home: ZONE });
  const registry = await FunctionRegistry.open(connection, fail);
  const { revision } = await registry.entry('main', 'race');
  const results = await Promise.allSettled([
    registry.write(record('race'), revision),
    registry.write(record('race'), revision),
  ]);
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(1);
  expect(isSovfnError(refused[0]!.reason) && refused[0]!.reason.code).toBe('deploy-conflict');
  await connection.close();
});

test('a deleted function is gone from memory, and can be written again', async () => {
  const connection = await bus.gatewayConnection();
  await createBuckets(connection, { home: ZONE });
  const registry = await FunctionRegistry.open(connection, fail);
  await registry.write(record('gone'), 0);
  const removed = new Promise<void>((resolve) =>
    registry.onChange((key, value) => (key === 'main.gone' && value === null ? resolve() : undefined)),
  );
  await registry.remove('main', 'gone');
  await removed;
  expect(registry.get('main', 'gone')).toBeNull();
  const { record: none, revision } = await registry.entry('main', 'gone');
  expect(none).toBeNull();
  await registry.write(record('gone'), revision);
  registry.close();
  await connection.close();
});

test('a record that does not have the agreed form is reported and treated as absent', async () => {
  await using own = await startPlatformBus();
  const connection = await own.gatewayConnection();
  await createBuckets(connection, { home: ZONE });
  const invalid: string[] = [];
  const registry = await FunctionRegistry.open(connection, (key) => invalid.push(key));
  const changed = new Promise((resolve) => registry.onChange((key) => resolve(key)));
  connection.publish('$KV.functions.main.broken', '{"v":2}');
  expect(await changed).toBe('main.broken');
  expect(invalid).toEqual(['main.broken']);
  expect(registry.get('main', 'broken')).toBeNull();
  await connection.close();
});

test('a record from before versions could be chosen is read with its current version', async () => {
  const connection = await bus.gatewayConnection();
  await createBuckets(connection, { home: ZONE });
  const registry = await FunctionRegistry.open(connection, fail);
  const now = record('older');
  const { split: _split, ...older } = now;
  const versions = [
    { version: 'd'.repeat(64), deployedAt: now.deployedAt },
    { version: now.current, deployedAt: now.deployedAt },
  ];
  await jetstream(connection).publish('$KV.functions.main.older', JSON.stringify({ ...older, versions }));
  expect((await registry.entry('main', 'older')).record).toEqual(now);
  registry.close();
  await connection.close();
});

test('a record that does not have the agreed form can be written anew, one of a later protocol cannot', async () => {
  const connection = await bus.gatewayConnection();
  await createBuckets(connection, { home: ZONE });
  const registry = await FunctionRegistry.open(connection, () => undefined);
  const store = jetstream(connection);
  for (const [name, text] of [
    ['mended', '{"v":1,"name":"mended"}'],
    ['cut', '{"v":1,'],
  ] as const) {
    const { seq } = await store.publish(`$KV.functions.main.${name}`, text);
    expect(await registry.entry('main', name)).toEqual({ record: null, revision: seq });
    const whole = record(name);
    await registry.write(whole, seq);
    expect((await registry.entry('main', name)).record).toEqual(whole);
  }
  await store.publish('$KV.functions.main.later', '{"v":2}');
  await expect(registry.entry('main', 'later')).rejects.toMatchObject({
    code: 'internal-error',
    message: 'the record "main.later" is of protocol version 2; this is 1',
  });
  registry.close();
  await connection.close();
});

test('a node counts for its zones until it withdraws; one that falls silent does not, and is reported', async () => {
  const connection = await bus.gatewayConnection();
  const nodeConnection = await bus.nodeConnection();
  await createBuckets(connection, { home: ZONE });
  await using folder = await makeTemporaryFolder('identity');
  const platform = await makePlatformIdentity(folder.path);
  const labels = await labelsOf(platform, 'node-1');
  const nodes = await NodeRegistry.open(connection, platform.signer.publicKey, fail);
  expect(nodes.countriesIn(ZONE).size > 0).toBe(false);
  const seen = new Promise((resolve) => nodes.onChange(resolve));
  const seenAt = new Date().toISOString();
  await announceNode(nodeConnection, {
    v: 1,
    name: 'node-1',
    zones: [ZONE],
    labels,
    lockLevel: 1,
    brokerLockLevel: null,
    isDraining: false,
    cells: 0,
    versions: 0,
    software: null,
    seenAt,
  });
  await seen;
  expect(nodes.countriesIn(ZONE).size > 0).toBe(true);
  expect(nodes.countriesIn('de').size > 0).toBe(false);
  expect(nodes.all(Date.parse(seenAt) + 60_000)).toEqual([]);

  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  const silent: string[] = [];
  const stopWatching = nodes.onSilent((name) => silent.push(name));
  vi.advanceTimersByTime(60_000);
  expect(silent).toEqual(['node-1']);
  stopWatching();
  vi.useRealTimers();

  const left = new Promise((resolve) => nodes.onChange(resolve));
  await withdrawNode(nodeConnection, 'node-1');
  expect(await left).toBe('node-1');
  expect(nodes.countriesIn(ZONE).size > 0).toBe(false);
  await connection.close();
  await nodeConnection.close();
});

test('a gateway believes no node whose labels another platform signed, are another node’s, or do not satisfy its zones', async () => {
  await using own = await startPlatformBus();
  const connection = await own.gatewayConnection();
  const nodeConnection = await own.nodeConnection();
  await createBuckets(connection, { home: ZONE });
  await using folder = await makeTemporaryFolder('identity');
  await using elsewhere = await makeTemporaryFolder('identity');
  const platform = await makePlatformIdentity(folder.path);
  const stranger = await makePlatformIdentity(elsewhere.path);
  const reasons: string[] = [];
  const nodes = await NodeRegistry.open(connection, platform.signer.publicKey, (_key, reason) => reasons.push(reason));
  const good = await labelsOf(platform, 'node-1');
  const forged = { ...good, labels: { ...good.labels, operator: 'Somebody else' } };
  const german = { ...PARIS, country: 'DE', region: null };
  for (const labels of [
    await labelsOf(stranger, 'node-1'),
    forged,
    await labelsOf(platform, 'node-2'),
    await labelsOf(platform, 'node-1', german),
  ]) {
    const seen = new Promise((resolve) => nodes.onChange(resolve));
    const facts = {
      ...{ lockLevel: 1, brokerLockLevel: null, isDraining: false, cells: 0, versions: 0, software: null },
      seenAt: new Date().toISOString(),
    };
    await announceNode(nodeConnection, { v: 1, name: 'node-1', zones: [ZONE], labels, ...facts });
    await seen;
    expect(nodes.all()).toEqual([]);
  }
  expect(
    reasons.map((reason) => /issued by the platform|do not carry|are those of|satisfy de, eu/.exec(reason)?.[0]),
  ).toEqual(['issued by the platform', 'do not carry', 'are those of', 'satisfy de, eu']);
  await connection.close();
  await nodeConnection.close();
});

async function labelsOf(platform: TestPlatformIdentity, name: string, place = PARIS): Promise<SignedLabels> {
  const { directory } = await platform.enrol('node', name, { place });
  return readLabels(identityFiles(directory).labels);
}

function record(name: string): FunctionRecord {
  const config = functionConfigSchema.omit({ $schema: true }).parse({ name, main: 'index.ts' });
  const deployedAt = new Date().toISOString();
  const manifest = { v: 1, config, bundleSha256: 'c'.repeat(64), bundleBytes: 100 } as const;
  return firstRecord({ tenant: 'main', version: 'b'.repeat(64), manifest, deployedAt });
}
