import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { BUNDLES, type Deployed, Platform, TENANT } from './platform.ts';

const HELLO = `fetch() { return new Response('bonjour') }`;
const CALL_EVERY_MS = 5;
let platform: Platform;

beforeAll(async () => {
  platform = await Platform.start();
});

afterEach(() => {
  vi.useRealTimers();
  platform.credentialMs = 600_000;
});

afterAll(async () => platform[Symbol.asyncDispose]());

test('when a cell is killed its gateways are told at once, and the next call runs in a new one', async () => {
  await using _node = await platform.startSupervisor();
  const hello = await platform.deploy('hello', HELLO);
  const before = await platform.gateway.call(hello);
  const logs = platform.logs(hello);
  process.kill(await platform.pidOfCell(), 'SIGKILL');
  await platform.probe.seen('gateway-heard-cell-down', { cell: before!.cell });
  await expect
    .poll(() => logs.map(({ text }) => text))
    .toEqual(['The process that ran this function was ended: cell-lost. The calls in it were lost.']);
  expect(platform.downs).toEqual([
    {
      v: 1,
      cell: before!.cell,
      node: 'node-1',
      tenant: 'main',
      outcome: 'cell-lost',
      limitValue: null,
      measured: null,
    },
  ]);
  const after = await platform.gateway.place(hello);
  expect(after).toMatchObject({ outcome: 'ok', body: 'bonjour' });
  expect(after!.cell).not.toBe(before!.cell);
});

test('a node that starts tells the gateways so, and runs no call that may have run in its former cells', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  await using _node = await platform.startSupervisor();
  await platform.probe.seen('gateway-heard-node-up', { subject: 'up.fr.node-1' });
  const asked = await platform.deploy('asked', HELLO);
  const other = await platform.deploy('other', HELLO);
  platform.gateway.placeBlindly(asked, { probe: true });
  expect(await platform.gateway.place(other)).toMatchObject({ outcome: 'ok' });
  expect(platform.probe.of('version-loaded').map((entry) => entry.function)).not.toContain('asked');
  vi.advanceTimersByTime(5_000);
  expect(await platform.gateway.place(asked, { probe: true })).toMatchObject({ outcome: 'ok' });
});

test('native code that V8 cannot interrupt gets its cell killed, and other functions run on in a new one', async () => {
  await using _node = await platform.startSupervisor();
  const limits = { cpuMs: 50, memoryMb: 16 };
  const spin = await platform.deploy('spin', `fetch() { let x = 3n; for (;;) x = x * x; }`, { config: { limits } });
  platform.gateway.placeBlindly(spin);
  const { cell, outcome } = await platform.probe.seen('cell-ended', { kind: 'crashed' });
  expect(['exceeded-cpu', 'exceeded-memory']).toContain(outcome);
  await platform.probe.seen('gateway-heard-cell-down', { cell });
  expect(platform.downs).toMatchObject([{ outcome }]);
  const hello = await platform.deploy('hello', HELLO);
  expect(await platform.gateway.place(hello)).toMatchObject({ outcome: 'ok' });
});

test(
  'a small function under heavy load keeps its cell: the process has room beside its isolates',
  { timeout: 180_000 },
  async () => {
    await using _node = await platform.startSupervisor();
    const limits = { memoryMb: 16 };
    const text = await platform.deploy('text', `fetch() { return new Response('x'.repeat(100_000)) }`, {
      config: { limits },
    });
    await platform.gateway.place(text);
    await platform.probe.seen('version-loaded', { function: 'text' });
    const callers = Array.from({ length: 64 }, async () => {
      for (let call = 0; call < 100; call++)
        expect(await platform.gateway.callWarm(text)).toMatchObject({ outcome: 'ok' });
    });
    await Promise.all(callers);
    expect(platform.probe.of('cell-ended')).toEqual([]);
  },
);

test('a tenant whose cells crash again and again is made to wait, and told so; others are not', async () => {
  await using _node = await platform.startSupervisor();
  const hello = await platform.deploy('hello', HELLO);
  const other = await platform.deploy('hello', HELLO, { tenant: 'other' });
  for (let crash = 0; crash < 11; crash++) {
    const { cell } = (await platform.gateway.place(hello))!;
    process.kill(await platform.pidOfCell(), 'SIGKILL');
    await platform.probe.seen('cell-ended', { cell });
  }
  const refused = await platform.gateway.place(hello, { resends: 2 });
  expect(refused).toMatchObject({ kind: 'failure', outcome: 'no-capacity' });
  expect(refused!.message).toMatch(/^the cells of tenant "main" crashed 11 times; the next one starts in \d+ ms$/);
  expect(await platform.gateway.call(other)).toMatchObject({ outcome: 'ok' });
});

test('a cell is replaced before its credential expires, and no call is lost meanwhile', async () => {
  await using _node = await platform.startSupervisor();
  // A fifth of it is left for the replacement and the last calls, also on a slow machine.
  platform.credentialMs = 12_000;
  const hello = await platform.deploy('hello', HELLO);
  const first = await platform.gateway.call(hello);
  const answers = await callUntil(hello, platform.probe.seen('cell-ended', { cell: first!.cell }));
  expect(new Set(answers.map((answer) => answer?.outcome))).toEqual(new Set(['ok']));
  expect(platform.probe.of('cell-ended')).toMatchObject([{ cell: first!.cell, kind: 'drained' }]);
  expect((await platform.gateway.callWarm(hello))?.cell).not.toBe(first!.cell);
  expect(platform.downs).toEqual([]);
});

test('when NATS restarts, cells end and calls run again without any help', async () => {
  await using _node = await platform.startSupervisor();
  const hello = await platform.deploy('hello', HELLO);
  const first = await platform.gateway.call(hello);
  await platform.restartNats();
  expect(await platform.probe.seen('cell-ended', { cell: first!.cell })).toMatchObject({ kind: 'retired' });
  await platform.probe.seen('bus-back');
  expect(await platform.gateway.call(hello)).toMatchObject({ outcome: 'ok', body: 'bonjour' });
});

test('a version that nobody calls is let go, then its cell; the next call brings both back', async () => {
  await using _node = await platform.startSupervisor({ idleMs: 500 });
  const hello = await platform.deploy('hello', HELLO);
  const first = await platform.gateway.call(hello);
  await platform.probe.seen('version-evicted', { function: 'hello', reason: 'idle' });
  expect(await platform.probe.seen('cell-ended', { cell: first!.cell })).toMatchObject({ kind: 'drained' });
  expect(await platform.gateway.call(hello)).toMatchObject({ outcome: 'ok' });
});

test('beyond its budget a cell lets go of the version called longest ago, which comes back from the disk of the node', async () => {
  await using _node = await platform.startSupervisor({ warmMemory: { nodeMb: 1_024, cellMb: 60 } });
  const holds20Mb = `kept: new Uint8Array(20e6).fill(1), ${HELLO}`;
  const [first, second, third] = await Promise.all(
    ['first', 'second', 'third'].map(async (name) => platform.deploy(name, holds20Mb)),
  );
  for (const called of [first, second, first, third]) {
    expect(await platform.gateway.call(called!)).toMatchObject({ outcome: 'ok' });
  }
  const { cell } = await platform.probe.seen('version-evicted', { function: 'second', reason: 'memory' });
  await platform.store.removePrefix(BUNDLES, `${TENANT}/second/`);
  expect(await platform.gateway.call(second!)).toMatchObject({ outcome: 'ok', cell });
  await platform.probe.seen('version-evicted', { function: 'first', reason: 'memory' });
  expect(platform.probe.of('version-evicted')).toHaveLength(2);
});

test('a full node takes no placements, serves what it has loaded, and takes placements again when it has room', async () => {
  await using _node = await platform.startSupervisor({ memoryMb: 256, prewarmedCells: 0 });
  const one = await platform.deploy('one', HELLO, { tenant: 'one' });
  const two = await platform.deploy('two', HELLO, { tenant: 'two' });
  const three = await platform.deploy('three', HELLO, { tenant: 'three' });
  expect(await platform.gateway.call(one)).toMatchObject({ outcome: 'ok' });
  expect(await platform.gateway.call(two)).toMatchObject({ outcome: 'ok' });
  await platform.probe.seen('placement-paused');
  expect(await platform.gateway.callWarm(one)).toMatchObject({ outcome: 'ok' });
  expect(await platform.gateway.call(three)).toBeNull();
  await platform.registry.remove(two.tenant, two.function);
  await platform.probe.seen('placement-resumed');
  expect(await platform.gateway.call(three)).toMatchObject({ outcome: 'ok' });
});

test('a busy tenant gets another cell, and both share its calls', async () => {
  await using _node = await platform.startSupervisor({ cores: 4 });
  const slow = await platform.deploy(
    'slow',
    `fetch() { return new Promise((resolve) => setTimeout(() => resolve(new Response('ok')), 400)) }`,
  );
  await platform.gateway.call(slow);
  const both = Promise.withResolvers<void>();
  const cells = new Set<string>();
  const callers = Array.from({ length: 60 }, async () => {
    while (cells.size < 2) {
      const answer = await platform.gateway.call(slow);
      if (answer?.outcome === 'ok') cells.add(answer.cell);
    }
    both.resolve();
  });
  await both.promise;
  await Promise.all(callers);
  expect(cells.size).toBe(2);
});

test('stopping lets calls in flight finish, and ends every cell', async () => {
  await using node = await platform.startSupervisor();
  const slow = await platform.deploy(
    'slow',
    `fetch() { return new Promise((resolve) => setTimeout(() => resolve(new Response('done')), 700)) }`,
  );
  const answer = platform.gateway.call(slow);
  await platform.probe.seen('version-loaded', { function: 'slow' });
  const pid = await platform.pidOfCell();
  await node.close();
  expect(await answer).toMatchObject({ outcome: 'ok', body: 'done' });
  expect(platform.probe.of('supervisor-stopped')).toMatchObject([{ killedCells: 0 }]);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

/** A call every few milliseconds: enough for one to meet every moment of the change, and room for other tests beside. */
async function callUntil(to: Deployed, over: Promise<unknown>) {
  let isOver = false;
  void over.then(() => (isOver = true));
  const answers = [];
  for (; !isOver; await delay(CALL_EVERY_MS)) answers.push(await platform.gateway.call(to));
  return answers;
}
