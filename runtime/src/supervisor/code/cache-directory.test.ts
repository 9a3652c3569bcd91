import { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CacheDirectory } from './cache-directory.ts';

const [A, B, C] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)] as [string, string, string];
let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await makeTemporaryFolder('cache');
});

afterEach(async () => folder[Symbol.asyncDispose]());

test('when the cache is full, the file used longest ago goes first', async () => {
  const cache = await CacheDirectory.open(folder.path, 20);
  await cache.write(A, Buffer.alloc(8));
  await cache.write(B, Buffer.alloc(8));
  await cache.read(A);
  await cache.write(C, Buffer.alloc(8));
  expect(await readdir(folder.path)).toEqual([A, C]);
  expect(cache.totalBytes).toBe(16);
  expect(await cache.read(B)).toBeNull();
});

test('small files are bounded in number too, and a large one is read as a small one is', async () => {
  const cache = await CacheDirectory.open(folder.path, 4_000_000, 2);
  const large = Buffer.alloc(2_000_000, 'x');
  await cache.write(A, Buffer.from('a'));
  await cache.write(B, large);
  await cache.write(C, Buffer.from('c'));
  expect((await readdir(folder.path)).toSorted()).toEqual([B, C]);
  expect((await cache.read(B))?.equals(large)).toBe(true);
  expect((await cache.read(C))?.toString()).toBe('c');
});

test('a file larger than the whole cache is not kept and pushes nothing out', async () => {
  const cache = await CacheDirectory.open(folder.path, 20);
  await cache.write(A, Buffer.alloc(8));
  await cache.write(B, Buffer.alloc(21));
  expect(await readdir(folder.path)).toEqual([A]);
});

test('after a restart the cache keeps its files and their order of use, and removes interrupted writes', async () => {
  await writeFile(join(folder.path, A), 'aaaaaaaa');
  await writeFile(join(folder.path, B), 'bbbbbbbb');
  await utimes(join(folder.path, A), new Date(2_000), new Date(2_000));
  await utimes(join(folder.path, B), new Date(1_000), new Date(1_000));
  await writeFile(join(folder.path, `${C}.0123456789ab`), 'half');
  const cache = await CacheDirectory.open(folder.path, 20);
  await cache.write(C, Buffer.from('cccccccc'));
  expect(await readdir(folder.path)).toEqual([A, C]);
  expect((await cache.read(A))?.toString()).toBe('aaaaaaaa');
});

test('after a restart a file that was read is one used of late', async () => {
  const long = new Date(1_000);
  for (const name of [A, B]) await writeFile(join(folder.path, name), 'xxxxxxxx');
  for (const name of [A, B]) await utimes(join(folder.path, name), long, long);
  const before = await CacheDirectory.open(folder.path, 20);
  await before.read(A);
  await expect.poll(async () => (await stat(join(folder.path, A))).mtimeMs, { timeout: 10_000 }).toBeGreaterThan(1_000);
  const cache = await CacheDirectory.open(folder.path, 20);
  await cache.write(C, Buffer.from('cccccccc'));
  expect(await readdir(folder.path)).toEqual([A, C]);
});

test('a file that somebody removed is absent, not an error', async () => {
  const cache = await CacheDirectory.open(folder.path, 20);
  await cache.write(A, Buffer.from('x'));
  await rm(join(folder.path, A));
  expect(await cache.read(A)).toBeNull();
  expect(cache.totalBytes).toBe(0);
});

test('a name that is no hash cannot leave the directory', async () => {
  const cache = await CacheDirectory.open(folder.path, 20);
  await expect(cache.write('../evil', Buffer.from('x'))).rejects.toThrow(RangeError);
});
