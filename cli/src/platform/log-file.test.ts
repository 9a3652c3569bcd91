import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { lastLines, openLog, trimLog } from './log-file.ts';

const LIMIT = 16 * 1024 * 1024;

test('a log above its limit moves aside, while a process writes to it and at the next start', async () => {
  await using folder = await makeTemporaryFolder('log');
  const path = join(folder.path, 'bus.log');
  await using writer = await openLog(path);
  await writer.appendFile(Buffer.alloc(LIMIT, 'x'));
  await trimLog(path);
  expect((await stat(path)).size).toBe(LIMIT);

  await writer.appendFile('y');
  await trimLog(path);
  await writer.appendFile('after\n');
  expect(await readFile(path, 'utf8')).toBe('after\n');
  expect((await stat(`${path}.1`)).size).toBe(LIMIT + 1);

  await appendFile(path, Buffer.alloc(LIMIT, 'z'));
  await using next = await openLog(path);
  await next.appendFile('next start\n');
  expect(await readFile(path, 'utf8')).toBe('next start\n');
});

test('the last lines are those of this start only', async () => {
  await using folder = await makeTemporaryFolder('log');
  const path = join(folder.path, 'bus.log');
  await appendFile(path, 'of the last start\n');
  const { size } = await stat(path);
  expect(await lastLines(path, 5, size)).toEqual([]);
  await appendFile(path, 'one\ntwo\nthree\n');
  expect(await lastLines(path, 2, size)).toEqual(['two', 'three']);
});
