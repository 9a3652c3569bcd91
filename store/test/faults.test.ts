import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { Client } from 'minio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MinioServer, startMinio, startStallingProxy } from '@sovfn/testkit';
import { type ObjectStore, openStore } from '../src/index.ts';
import { patternedBody, sha256Of } from './fixtures/bodies.ts';

const BUCKET = 'faults';
const MIB = 1024 * 1024;
let minio: MinioServer;
let store: ObjectStore;

beforeAll(async () => {
  minio = await startMinio();
  store = openStore({ ...minio.endpoint, tls: false });
  await store.ensureBucket(BUCKET);
});

afterAll(async () => {
  store.close();
  await minio[Symbol.asyncDispose]();
});

/** Gives `size` bytes, and asks `before` what to do before each piece. */
async function* interruptedBody(size: number, before: (given: number) => Promise<void> | void): AsyncGenerator<Buffer> {
  let given = 0;
  for await (const piece of patternedBody(size)) {
    await before(given);
    given += piece.length;
    yield piece;
  }
}

async function unfinishedUploads(name: string): Promise<number> {
  const { host, port, accessKey, secretKey } = minio.endpoint;
  const client = new Client({ endPoint: host, port, useSSL: false, accessKey, secretKey });
  const uploads = await client.listIncompleteUploadsQuery(BUCKET, name, '', '', '');
  return uploads.uploads.length;
}

test.each([
  ['ends early', 1_000, 999, '999'],
  ['ends early after the first part', 20 * MIB, 20 * MIB - 1, String(20 * MIB - 1)],
  ['ends early at the end of a part', 20 * MIB, 15 * MIB, String(15 * MIB)],
  ['gives more', 1_000, 1_001, 'more than 1000'],
  ['gives more after the last part', 15 * MIB, 15 * MIB + 1, `more than ${15 * MIB}`],
  ['gives something where nothing was declared', 0, 1, 'more than 0'],
])('a source that %s stores nothing and says both sizes', async (_, declared, given, shown) => {
  const upload = store.putStream(BUCKET, 'mismatch', declared, patternedBody(given));
  await expect(upload).rejects.toMatchObject({
    code: 'size-mismatch',
    message: `a body of ${declared} bytes was declared, but its source gave ${shown}`,
  });
  expect(await store.head(BUCKET, 'mismatch')).toBeNull();
  expect(await unfinishedUploads('mismatch')).toBe(0);
});

test.each([1 * MIB, 12 * MIB])(
  'a source that fails before %i bytes stores nothing and its error comes back',
  async (at) => {
    const failure = new Error('the disk is gone');
    const source = interruptedBody(20 * MIB, (given) => {
      if (given >= at) throw failure;
    });
    await expect(store.putStream(BUCKET, 'failing', 20 * MIB, source)).rejects.toBe(failure);
    expect(await store.head(BUCKET, 'failing')).toBeNull();
    expect(await unfinishedUploads('failing')).toBe(0);
  },
);

test('a source that hangs is given up after the idle limit', async () => {
  const source = interruptedBody(20 * MIB, async (given) => {
    if (given < 10 * MIB) return;
    expect(await unfinishedUploads('hanging')).toBe(1);
    await new Promise(() => undefined);
  });
  const upload = store.putStream(BUCKET, 'hanging', 20 * MIB, source, { sourceIdleMs: 200 });
  await expect(upload).rejects.toMatchObject({ code: 'stream-lost' });
  expect(await unfinishedUploads('hanging')).toBe(0);
});

test('the source is closed when the upload fails', async () => {
  let isClosed = false;
  async function* source(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield Buffer.alloc(MIB);
    } finally {
      isClosed = true;
    }
  }
  await expect(store.putStream(BUCKET, 'closed', 2 * MIB, source())).rejects.toMatchObject({ code: 'size-mismatch' });
  expect(isClosed).toBe(true);
});

test('two uploads of one name at once leave one of them, whole', async () => {
  const sizes = [18 * MIB, 18 * MIB + 1];
  await Promise.all(sizes.map(async (size) => store.putStream(BUCKET, 'twice', size, patternedBody(size))));
  const stored = await sha256Of(store.getStream(BUCKET, 'twice', { timeoutMs: 5_000 }));
  const sent = await Promise.all(sizes.map(async (size) => sha256Of(patternedBody(size))));
  expect(sent).toContain(stored);
});

test('a server killed in the middle of an upload is store-unavailable; after its restart the same store works', async () => {
  const source = interruptedBody(40 * MIB, async (given) => {
    if (given === 20 * MIB) await minio.kill();
  });
  const upload = store.putStream(BUCKET, 'killed', 40 * MIB, source);
  await expect(upload).rejects.toMatchObject({ code: 'store-unavailable' });
  await expect(store.put(BUCKET, 'killed', Buffer.from('x'))).rejects.toMatchObject({
    code: 'store-unavailable',
    message: expect.stringContaining('ECONNREFUSED') as string,
  });
  await minio.restart();
  expect(await store.head(BUCKET, 'killed')).toBeNull();
  await store.putStream(BUCKET, 'killed', 20 * MIB, patternedBody(20 * MIB));
  const stored = await sha256Of(store.getStream(BUCKET, 'killed', { timeoutMs: 5_000 }));
  expect(stored).toBe(await sha256Of(patternedBody(20 * MIB)));
});

test('a server killed in the middle of a read ends the stream with an error, never early', async () => {
  await store.putStream(BUCKET, 'read', 40 * MIB, patternedBody(40 * MIB));
  const body = store.getStream(BUCKET, 'read', { timeoutMs: 5_000 });
  await body.next();
  await minio.kill();
  await expect(sha256Of(body)).rejects.toMatchObject({ code: 'store-unavailable' });
  await minio.restart();
});

test('a server that stops answering costs each call its time limit, and its connections are closed', async () => {
  await using proxy = await startStallingProxy(minio.endpoint.port);
  const slow = openStore({ ...minio.endpoint, port: proxy.port, tls: false });
  await slow.put(BUCKET, 'slow', Buffer.alloc(MIB));
  proxy.stall();
  const message = expect.stringContaining('no answer within 300 ms') as string;
  const late = { code: 'store-unavailable', message };
  await expect(slow.put(BUCKET, 'slow', Buffer.from('x'), { timeoutMs: 300 })).rejects.toMatchObject(late);
  await expect(slow.get(BUCKET, 'slow', { maxBytes: MIB, timeoutMs: 300 })).rejects.toMatchObject(late);
  await expect(slow.getStream(BUCKET, 'slow', { timeoutMs: 300 }).next()).rejects.toMatchObject(late);
  await expect.poll(() => proxy.openConnections).toBe(0);
  slow.close();
});

test('a body that stops coming ends the stream with an error', async () => {
  await store.putStream(BUCKET, 'stalled', 20 * MIB, patternedBody(20 * MIB));
  await using proxy = await startStallingProxy(minio.endpoint.port);
  const slow = openStore({ ...minio.endpoint, port: proxy.port, tls: false });
  const body = slow.getStream(BUCKET, 'stalled', { timeoutMs: 300 });
  await body.next();
  proxy.stall();
  await expect(sha256Of(body)).rejects.toMatchObject({ code: 'store-unavailable' });
  slow.close();
});

test('calls one after the other use one connection, and a reader that stops early closes its own', async () => {
  await using proxy = await startStallingProxy(minio.endpoint.port);
  const counted = openStore({ ...minio.endpoint, port: proxy.port, tls: false });
  for (let i = 0; i < 10; i++) await counted.put(BUCKET, 'reused', Buffer.from(String(i)));
  await counted.head(BUCKET, 'reused');
  await counted.head(BUCKET, 'not-there');
  await counted.list(BUCKET, '', { limit: 5 });
  expect(proxy.openConnections).toBe(1);
  await counted.putStream(BUCKET, 'stopped', 20 * MIB, patternedBody(20 * MIB));
  const body = counted.getStream(BUCKET, 'stopped', { timeoutMs: 1_000 });
  await body.next();
  await body.return(undefined);
  await expect.poll(() => proxy.openConnections).toBe(0);
  counted.close();
});

test('a server that answers 503 is store-unavailable, and the connection is not left in use', async () => {
  const server = createServer((_, response) => response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const refused = openStore({ ...minio.endpoint, port, tls: false });
  for (let i = 0; i < 3; i++) {
    await expect(refused.put(BUCKET, 'busy', Buffer.from('x'))).rejects.toMatchObject({ code: 'store-unavailable' });
  }
  expect(await promisify(server.getConnections.bind(server))()).toBe(1);
  refused.close();
  server.close();
});
