import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { identifyProcess, identifySelf } from './identity.ts';
import { tryLock, waitForLock } from './lock.ts';

test('a held lock names its owner, and is free again once released', async () => {
  await using folder = await makeTemporaryFolder('lock');
  const path = join(folder.path, 'lock');
  const { lock } = await tryLock(path);
  expect(await tryLock(path)).toEqual({ lock: null, owner: identifySelf() });
  await lock!.release();
  expect((await tryLock(path)).lock).not.toBeNull();
});

test('of many takers of a dead owner’s lock, one gets it and no file is left beside it', async () => {
  await using folder = await makeTemporaryFolder('lock');
  const path = join(folder.path, 'lock');
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const identity = identifyProcess(child.pid!)!;
  await writeFile(path, JSON.stringify(identity));
  expect((await tryLock(path)).owner).toEqual(identity);

  child.kill('SIGKILL');
  await once(child, 'exit');
  const attempts = await Promise.all(Array.from({ length: 8 }, async () => tryLock(path)));
  expect(attempts.filter(({ lock }) => lock !== null)).toHaveLength(1);
  expect(await readdir(folder.path)).toEqual(['lock']);
});

test('a running process under the dead owner’s pid does not keep the lock', async () => {
  await using folder = await makeTemporaryFolder('lock');
  const path = join(folder.path, 'lock');
  await writeFile(path, JSON.stringify({ pid: process.pid, startedAt: 'another boot/1' }));
  expect((await tryLock(path)).lock).not.toBeNull();
});

test('waiting for a held lock ends at the limit and has said once whom it waits for', async () => {
  await using folder = await makeTemporaryFolder('lock');
  const path = join(folder.path, 'lock');
  await tryLock(path);
  const owners: number[] = [];
  const attempt = await waitForLock(path, {
    timeoutMs: 300,
    signal: new AbortController().signal,
    onWait: ({ pid }) => owners.push(pid),
  });
  expect(attempt.lock).toBeNull();
  expect(owners).toEqual([process.pid]);
});
