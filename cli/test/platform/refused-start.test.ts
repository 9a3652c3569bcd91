import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataFolder, prepareDataFolder } from '../../src/platform/data-folder.ts';
import { upPlatform, type UpProgress } from '../../src/platform/index.ts';
import { choosePorts, type ChosenPorts, type Ports } from '../../src/platform/ports.ts';
import { readRecord } from '../../src/platform/record.ts';
import { writeProgram } from '../servers/fake-server.ts';
import { isAlive, makeHome, somePorts } from './platform-home.ts';

test('a folder with other things in it is not taken over', async () => {
  await using home = await makeHome();
  await mkdir(home.data);
  await writeFile(join(home.data, 'thesis.odt'), '');
  const start = upPlatform({ data: home.data, environment: home.environment, onProgress: () => undefined });
  await expect(start).rejects.toMatchObject({
    code: 'config-invalid',
    message: `${home.data} is not a data folder of sovfn: it contains "thesis.odt"`,
  });
});

test('starts with the same new folder at the same time agree on it', async () => {
  await using home = await makeHome();
  const folders = await Promise.all(Array.from({ length: 8 }, async () => prepareDataFolder(home.data)));
  expect(new Set(folders.map(({ path }) => path))).toEqual(new Set([home.data]));
});

test('a port that was asked for and is taken is an error; a remembered one that is taken is replaced and remembered', async () => {
  await using home = await makeHome();
  const folder = await prepareDataFolder(home.data);
  const choose = async (wanted: Partial<Ports>): Promise<Omit<ChosenPorts, 'claims'>> => {
    const { claims, ...chosen } = await choosePorts(folder, wanted);
    claims.dispose();
    return chosen;
  };
  const any: Ports = { public: 0, control: 0, operator: 0, bus: 0, store: 0, monitor: 0 };
  const { ports: first } = await choose(any);
  expect(new Set(Object.values(first)).size).toBe(6);
  expect(await choose(first)).toEqual({ ports: first, moves: [] });
  expect(await choose({})).toEqual({ ports: first, moves: [] });

  const squatter = createServer().listen(first.public, '127.0.0.1');
  await once(squatter, 'listening');
  await expect(choose({ public: first.public })).rejects.toMatchObject({
    code: 'port-taken',
    message: `port ${first.public} on 127.0.0.1, asked for as the public port, is taken`,
  });
  const moved = await choose({});
  expect(moved.moves).toEqual([{ name: 'public', from: first.public, to: moved.ports.public }]);
  expect(moved.ports).toEqual({ ...first, public: expect.not.toBeOneOf([first.public]) as number });
  squatter.close();
  await once(squatter, 'close');
  expect(await choose({})).toEqual({ ports: moved.ports, moves: [] });
});

test('when a part cannot start, the error shows its last log lines and nothing is left running', async () => {
  await using home = await makeHome();
  const script = `#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "the disk is on fire" >&2\nexit 3\n`;
  const broken = join(await writeProgram(join(home.config, 'bin'), 'minio', script), 'minio');
  const pids: number[] = [];
  const folder = dataFolder(home.data);
  const readPids = (): number[] => (readRecord(folder)?.parts ?? []).map((part) => part.process.pid);
  const start = upPlatform({
    data: home.data,
    ports: await somePorts(),
    environment: { ...home.environment, SOVFN_MINIO_BIN: broken },
    onProgress: () => pids.push(...readPids()),
  });
  await expect(start).rejects.toMatchObject({
    code: 'part-failed',
    message: 'the store ended with exit code 3. Its last log lines:\nthe disk is on fire',
  });
  expect(pids.length).toBeGreaterThan(0);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(readRecord(folder)).toBeNull();
});

test.each(['bus starting', 'store starting'])(
  'a start that is aborted at "%s" leaves nothing running, also of what it was about to start',
  async (moment) => {
    await using home = await makeHome();
    const stop = new AbortController();
    const reason = new Error('enough');
    const pids = new Set<number>();
    const onProgress = (event: UpProgress): void => {
      for (const part of readRecord(dataFolder(home.data))?.parts ?? []) pids.add(part.process.pid);
      if (event.type === 'part' && `${event.part} ${event.state}` === moment) stop.abort(reason);
    };
    const options = { data: home.data, ports: await somePorts(), environment: home.environment };
    await expect(upPlatform({ ...options, signal: stop.signal, onProgress })).rejects.toBe(reason);
    expect(pids.size).toBe(2);
    expect([...pids].filter(isAlive)).toEqual([]);
  },
);

test('a start that is aborted stops what it started and rejects with the reason', async () => {
  await using home = await makeHome();
  const stop = new AbortController();
  const reason = new Error('enough');
  const states: string[] = [];
  const onProgress = (event: UpProgress): void => {
    if (event.type !== 'part') return;
    states.push(`${event.part} ${event.state}`);
    if (event.state === 'ready') stop.abort(reason);
  };
  const options = { data: home.data, ports: await somePorts(), environment: home.environment };
  await expect(upPlatform({ ...options, signal: stop.signal, onProgress })).rejects.toBe(reason);
  expect(states.filter((state) => state.endsWith(' stopped')).toSorted()).toEqual(['bus stopped', 'store stopped']);
});
