import { afterAll, beforeAll, expect, test } from 'vitest';
import { NodeRegistry } from '@sovfn/bus';
import { CELL_LIFE } from '../../src/supervisor/cells/cell-life.ts';
import { Platform, ZONE } from './platform.ts';

const HELLO = `fetch() { return new Response('bonjour') }`;
const SLOW = `fetch() { return new Promise((resolve) => setTimeout(() => resolve(new Response('ok')), 400)) }`;

let platform: Platform;

beforeAll(async () => {
  platform = await Platform.start();
});

afterAll(async () => platform[Symbol.asyncDispose]());

test('a tenant that became quiet keeps one cell of several, and no call is lost meanwhile', async () => {
  await using _node = await platform.startSupervisor({ cores: 4, cellLife: { ...CELL_LIFE, quietSeconds: 3 } });
  const slow = await platform.deploy('slow', SLOW);
  await platform.gateway.call(slow);
  const cells = new Set<string>();
  const callers = Array.from({ length: 60 }, async () => {
    while (cells.size < 2) {
      const answer = await platform.gateway.call(slow);
      if (answer?.outcome === 'ok') cells.add(answer.cell);
    }
  });
  await Promise.all(callers);
  const { cell } = await platform.probe.seen('cell-let-go', { reason: 'quiet' });
  let hasEnded = false;
  void platform.probe.seen('cell-ended', { cell, kind: 'drained' }).then(() => (hasEnded = true));
  while (!hasEnded) expect(await platform.gateway.call(slow)).toMatchObject({ outcome: 'ok' });
  expect(platform.probe.of('cell-let-go')).toHaveLength(1);
});

test('a cell that has made many isolates is replaced by another one, and no call is lost meanwhile', async () => {
  await using _node = await platform.startSupervisor({ cellLife: { ...CELL_LIFE, mostIsolates: 12 } });
  const hello = await platform.deploy('hello', HELLO);
  const first = await platform.gateway.call(hello);
  let hasEnded = false;
  void platform.probe.seen('cell-ended', { cell: first!.cell }).then(() => (hasEnded = true));
  for (let number = 0; !hasEnded; number++) {
    const passing = await platform.deploy(`passing-${number}`, HELLO);
    expect(await platform.gateway.call(passing)).toMatchObject({ outcome: 'ok' });
    expect(await platform.gateway.call(hello)).toMatchObject({ outcome: 'ok' });
  }
  expect(platform.probe.of('cell-let-go')).toMatchObject([{ cell: first!.cell, reason: 'isolates' }]);
  expect(platform.probe.of('cell-ended')).toMatchObject([{ cell: first!.cell, kind: 'drained' }]);
  expect((await platform.gateway.callWarm(hello))?.cell).not.toBe(first!.cell);
});

test('a cell that has started many calls is replaced by another one, and no call is lost meanwhile', async () => {
  await using _node = await platform.startSupervisor({ cellLife: { ...CELL_LIFE, mostCalls: 20 } });
  const hello = await platform.deploy('counted', HELLO);
  const { cell } = (await platform.gateway.call(hello))!;
  let hasEnded = false;
  void platform.probe.seen('cell-ended', { cell, kind: 'drained' }).then(() => (hasEnded = true));
  while (!hasEnded) expect(await platform.gateway.call(hello)).toMatchObject({ outcome: 'ok' });
  expect(platform.probe.of('cell-let-go')).toContainEqual(expect.objectContaining({ cell, reason: 'calls' }));
  expect((await platform.gateway.callWarm(hello))?.cell).not.toBe(cell);
});

test('a node that stops is not counted on any more before it has stopped', async () => {
  const nodes = await NodeRegistry.open(platform.connection, platform.publicKey, (key, reason) =>
    expect.fail(`${key}: ${reason}`),
  );
  const node = await platform.startSupervisor();
  await expect.poll(() => nodes.countriesIn(ZONE).size > 0).toBe(true);
  await node.close();
  await expect.poll(() => nodes.all()).toEqual([]);
  nodes.close();
});
