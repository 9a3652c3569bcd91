import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { readMessages } from '@sovfn/bus';
import { egressBatchSchema, type EgressEntry, egressStream, zoneEgressSubject } from '@sovfn/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZONE } from '../supervisor/platform.ts';
import { BrokerNode } from './node.ts';
import { textsInMemory } from './process-memory.ts';
import { Upstream } from './upstream.ts';

/** The broker as a process: what it may be shown to do, and what happens when it ends. */
const parts = new AsyncDisposableStack();
let upstream: Upstream;
let config: { readonly egress: readonly string[] };
/** What arrived at `/held`, which answers nothing. */
let held: PromiseWithResolvers<void>;

const LOST = /^fetch failed \(broker-lost\): the node's broker ended while the request was under way/;

beforeAll(async () => {
  upstream = parts.use(
    await Upstream.start({
      '/hello': (_request, response) => void response.end('bonjour'),
      '/held': () => held.resolve(),
      '/begun': async (_request, response) => {
        response.write('the beginning');
        await once(response, 'close');
      },
    }),
  );
  config = { egress: [upstream.origin] };
});
afterAll(() => parts.disposeAsync());

const hello = (node: BrokerNode): Promise<unknown> =>
  node.run(`return (await fetch('${upstream.origin}/hello')).text()`, config);

/** A call that waits for an answer that never comes. */
async function holdRequest(node: BrokerNode): Promise<{ readonly outcome: Promise<string>; readonly pid: number }> {
  held = Promise.withResolvers();
  const outcome = node.run(`await fetch('${upstream.origin}/held')`, config).then(
    () => 'answered',
    ({ name, message }: Error) => `${name}: ${message}`,
  );
  await held.promise;
  const { pid } = node.platform.probe.of('broker-started').at(-1)!;
  return { outcome, pid: pid as number };
}

describe('a node', () => {
  let node: BrokerNode;
  beforeAll(async () => {
    node = await BrokerNode.start();
  });
  afterAll(() => node[Symbol.asyncDispose]());

  test('has no broker before a function that may reach something is loaded', async () => {
    expect(await node.run('return 1')).toBe(1);
    expect(node.platform.probe.of('broker-started')).toEqual([]);
    expect(await hello(node)).toBe('bonjour');
    expect(node.platform.probe.of('broker-started')).toMatchObject([
      { lockLevel: process.platform === 'linux' ? 2 : 1 },
    ]);
  });

  test.skipIf(process.platform !== 'linux')(
    'whose function fetches: its supervisor has no connection for it, and its broker has',
    async ({ skip }) => {
      const { outcome, pid } = await holdRequest(node);
      const socket = await connectionTo(Number(new URL(upstream.origin).port));
      // The supervisor of these tests runs in this very process.
      expect(await socketsOf(process.pid)).not.toContain(socket);
      const others = await socketsOf(pid);
      process.kill(pid, 'SIGKILL');
      await outcome;
      skip(others === null, 'this user may not look into the broker');
      expect(others).toContain(socket);
    },
  );

  test('whose broker is killed fails what is under way, says so in the ledger, and has another one for the next request', async () => {
    const { outcome, pid } = await holdRequest(node);
    process.kill(pid, 'SIGKILL');
    expect(await outcome).toMatch(new RegExp(`^TypeError: ${LOST.source.slice(1)}`));
    await node.platform.probe.seen('broker-ended', { pid, reason: 'SIGKILL' });
    expect(await hello(node)).toBe('bonjour');
    const lost = 'broker-lost: the broker ended while the request was under way';
    await expect
      .poll(async () => (await entries(node)).filter(({ reason }) => reason === lost).at(-1))
      .toMatchObject({ origin: upstream.origin, method: 'GET', outcome: 'failed', status: null });
  });

  test('whose broker is killed breaks off an answer whose body is under way', async () => {
    const code = `const response = await fetch('${upstream.origin}/begun');
      const reader = response.body.getReader(); await reader.read();
      await fetch('${upstream.origin}/held').catch(() => undefined);
      await reader.read()`;
    held = Promise.withResolvers();
    const broken = expect(node.run(code, config)).rejects.toThrow(LOST);
    await held.promise;
    process.kill(node.platform.probe.of('broker-started').at(-1)!.pid as number, 'SIGKILL');
    await broken;
  });

  test('tells its broker secrets of versions that have asked for something, and of no others', async ({ skip }) => {
    const secret = (name: string) => ({ ...config, secrets: [{ name, hosts: [upstream.origin] }] });
    const [used, unused] = ['canary-used-91b0', 'canary-unused-77ae'];
    await node.run(`return env.OTHER`, secret('OTHER'), { secrets: { OTHER: unused } });
    const sending = `await fetch('${upstream.origin}/hello', { headers: { k: env.KEY } })`;
    await node.run(sending, secret('KEY'), { secrets: { KEY: used } });
    const pid = node.platform.probe.of('broker-started').at(-1)!.pid as number;
    const found = await textsInMemory(pid, [used, unused]);
    skip(found === null, 'this user may not read the memory of the broker');
    expect(found).toEqual([used]);
  });
});

test('a broker that no cell needs ends, and one is there again for the next request', async () => {
  await using node = await BrokerNode.start({}, { brokerIdleMs: 200 });
  expect(await hello(node)).toBe('bonjour');
  const { pid } = node.platform.probe.of('broker-started').at(-1)!;
  await node.platform.probe.seen('broker-ended', { pid, reason: 'not needed' });
  expect(await hello(node)).toBe('bonjour');
  expect(node.platform.probe.of('broker-started').length).toBeGreaterThan(1);
});

async function entries(node: BrokerNode): Promise<EgressEntry[]> {
  const all: EgressEntry[] = [];
  for await (const page of readMessages(node.platform.connection, egressStream(ZONE), zoneEgressSubject(ZONE))) {
    for (const { data } of page) all.push(...egressBatchSchema.parse(JSON.parse(Buffer.from(data).toString())).entries);
  }
  return all;
}

/** The one established connection to a port of this machine, as its client has it: its inode. */
async function connectionTo(port: number): Promise<string> {
  const ESTABLISHED = '01';
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
  const found = lines.filter((fields) => fields[2] === remote && fields[3] === ESTABLISHED).map((fields) => fields[9]!);
  expect(found.length).toBeGreaterThan(0);
  return found[0]!;
}

/** Inodes of a process's sockets; null when this user may not look. */
async function socketsOf(pid: number): Promise<string[] | null> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => null);
  if (names === null) return null;
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}
