import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { dataFolder, prepareDataFolder } from '../../src/platform/data-folder.ts';
import { downPlatform } from '../../src/platform/index.ts';
import { endOrphans } from '../../src/platform/orphans.ts';
import { readRecord, writeRecord } from '../../src/platform/record.ts';
import { identifyProcess, identifySelf } from '../../src/processes/identity.ts';
import { isAlive, makeHome, somePorts, upInProcess } from './platform-home.ts';

interface Up {
  readonly pids: { readonly bus: number; readonly store: number; readonly gateway: number; readonly node: number };
}

test('after kill -9 of `up`, gateway and node end, and the next start ends the servers and works on the same ports', async () => {
  await using home = await makeHome();
  const ports = await somePorts();
  const killed = upInProcess(home, ports);
  const { pids } = (await killed.event('up')) as unknown as Up;
  killed.child.kill('SIGKILL');
  await expect.poll(() => [pids.gateway, pids.node].filter(isAlive), { timeout: 20_000 }).toEqual([]);
  expect([pids.bus, pids.store].filter(isAlive)).toEqual([pids.bus, pids.store]);

  const next = upInProcess(home, ports);
  await next.event('up');
  expect(next.events.filter(({ type }) => type === 'orphan-ended')).toEqual([
    { type: 'orphan-ended', part: 'store', pid: pids.store },
    { type: 'orphan-ended', part: 'bus', pid: pids.bus },
  ]);
  expect([pids.bus, pids.store].filter(isAlive)).toEqual([]);

  const exit = once(next.child, 'exit');
  expect(await downPlatform(home.data, home.environment)).toBe('stopped');
  expect(await exit).toEqual([0, null]);
  expect(await downPlatform(home.data, home.environment)).toBe('not-running');
}, 60_000);

test('`down` ends what a killed `up` left', async () => {
  await using home = await makeHome();
  const killed = upInProcess(home, await somePorts());
  const { pids } = (await killed.event('up')) as unknown as Up;
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  expect(await downPlatform(home.data, home.environment)).toBe('cleaned');
  expect(Object.values(pids).filter(isAlive)).toEqual([]);
}, 60_000);

test('a process that only has the recorded pid, or only the recorded start, is left alone', async () => {
  await using home = await makeHome();
  await prepareDataFolder(home.data);
  const folder = dataFolder(home.data);
  const bystander = spawn('sleep', ['60']);
  await once(bystander, 'spawn');
  const process = identifyProcess(bystander.pid!)!;
  const record = {
    v: 1,
    version: '0.1.0',
    startedAt: new Date().toISOString(),
    readyAt: null,
    up: identifySelf(),
    ports: await somePorts(),
    urls: { public: '', control: '' },
    parts: [
      { name: 'bus', process: { ...process, startedAt: 'another start' }, mark: '60' },
      { name: 'store', process, mark: folder.objects },
    ],
  } as const;
  writeRecord(folder, { ...record, parts: [...record.parts], furtherGateways: [] });

  expect(await endOrphans(folder)).toEqual([]);
  expect(isAlive(process.pid)).toBe(true);
  expect(readRecord(folder)).toBeNull();
  bystander.kill('SIGKILL');
});
