import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '@sovfn/testkit';
import type { ProvidedServer } from '../../src/servers/provide.ts';
import { fakeServer, sha256 } from './fake-server.ts';
import { type FileServer, startFileServer } from './file-server.ts';

const GOOD = fakeServer('9.9.9');

test('processes that need the same server at the same time share one download', async () => {
  await using home = await makeTemporaryFolder('home');
  const arrived = Promise.withResolvers<ServerResponse>();
  await using server = await startFileServer(arrived.resolve);
  const processes = [1, 2, 3].map(() => provideInProcess(server, home.path));
  (await arrived.promise).end(GOOD);

  const results = await Promise.all(processes.map(resultOf));
  expect(new Set(results.map(({ path }) => path)).size).toBe(1);
  expect(results.filter(({ step }) => step === 'release')).toHaveLength(1);
  expect(server.requests).toBe(1);
});

test('an installation killed in the middle is taken over by the next run and leaves nothing half-made', async () => {
  await using home = await makeTemporaryFolder('home');
  const cache = join(home.path, '.cache/sovfn/servers');
  const half = Promise.withResolvers<void>();
  const answers = [
    (response: ServerResponse) => void response.write(GOOD.slice(0, 10), () => half.resolve()),
    (response: ServerResponse) => void response.end(GOOD),
  ];
  await using server = await startFileServer((response) => answers.shift()!(response));

  const killed = provideInProcess(server, home.path);
  await half.promise;
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(await readdir(cache)).toEqual([
    expect.stringMatching(/^nats-server\.lock$/),
    expect.stringContaining('.partial-'),
  ]);

  const result = await resultOf(provideInProcess(server, home.path));
  expect(result.step).toBe('release');
  expect(await readdir(cache)).toEqual([expect.stringMatching(/^nats-server-9\.9\.9-/)]);
});

function provideInProcess(server: FileServer, home: string): ChildProcess {
  const script = join(import.meta.dirname, 'provide-process.ts');
  return spawn(process.execPath, [script, server.url, sha256(GOOD), home], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function resultOf(child: ChildProcess): Promise<ProvidedServer> {
  return JSON.parse(await text(child.stdout!)) as ProvidedServer;
}
