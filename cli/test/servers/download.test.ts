import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { download } from '../../src/servers/download.ts';
import { sha256 } from './fake-server.ts';
import { startFileServer } from './file-server.ts';

const MIB = 1024 * 1024;
const { signal } = new AbortController();

test('a download reports its progress and returns the hash of what it wrote', async () => {
  await using folder = await makeTemporaryFolder('download');
  const content = Buffer.alloc(3 * MIB, 'x');
  await using server = await startFileServer((response) => {
    response.writeHead(200, { 'content-length': String(content.length) }).end(content);
  });
  const reported: number[] = [];
  const to = join(folder.path, 'file');
  const hash = await download(server.url, {
    to,
    maxBytes: 4 * MIB,
    signal,
    onBytes: (bytes, total) => reported.push(bytes / total!),
  });
  expect(hash).toBe(sha256(content));
  expect(sha256(await readFile(to))).toBe(hash);
  expect(reported.length).toBeGreaterThanOrEqual(2);
  expect(reported.at(-1)).toBe(1);
});

test('a server that stops sending is given up after the stall limit', async () => {
  await using folder = await makeTemporaryFolder('download');
  await using server = await startFileServer((response) => void response.write('a beginning'));
  const options = { to: join(folder.path, 'file'), maxBytes: MIB, signal, onBytes: () => undefined, stallMs: 200 };
  await expect(download(server.url, options)).rejects.toThrow(`${server.url} sent nothing for 0.2 s`);
});

test('more bytes than the limit are refused, announced or not', async () => {
  await using folder = await makeTemporaryFolder('download');
  const content = Buffer.alloc(2_000);
  await using honest = await startFileServer((response) => {
    response.writeHead(200, { 'content-length': String(content.length) }).end(content);
  });
  await using silent = await startFileServer((response) => {
    response.write(content.subarray(0, 900));
    response.end(content);
  });
  for (const server of [honest, silent]) {
    const to = join(folder.path, new URL(server.url).port);
    const attempt = download(server.url, { to, maxBytes: 1_000, signal, onBytes: () => undefined });
    await expect(attempt).rejects.toThrow(/or more; the limit is 1000$/);
  }
});
