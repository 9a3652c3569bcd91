import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { type ObjectStore, type Condition, openStore } from '../src/index.ts';
import { bytesOf, patternedBody, sha256Of } from './fixtures/bodies.ts';

const BUCKET = 'put-and-get';
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

test('a bucket may be ensured by several at once, and again', async () => {
  await Promise.all(Array.from({ length: 5 }, async () => store.ensureBucket('ensured-at-once')));
  await store.ensureBucket('ensured-at-once');
});

test('an object comes back with its bytes, type and metadata', async () => {
  const bytes = Buffer.from('bonjour, été');
  const options = { contentType: 'text/plain; charset=utf-8', metadata: { sha256: 'abc' } };
  expect(await store.put(BUCKET, 'a/b.txt', bytes, options)).toBe('stored');
  expect(await store.get(BUCKET, 'a/b.txt', { maxBytes: 100 })).toEqual(bytes);
  const facts = await store.head(BUCKET, 'a/b.txt');
  expect(facts).toMatchObject({
    bytes: bytes.length,
    contentType: 'text/plain; charset=utf-8',
    metadata: { sha256: 'abc' },
  });
});

test('an empty object is stored and read, put whole or as a stream', async () => {
  await store.put(BUCKET, 'empty', Buffer.alloc(0));
  await store.putStream(BUCKET, 'empty-stream', 0, patternedBody(0));
  expect(await store.get(BUCKET, 'empty', { maxBytes: 0 })).toHaveLength(0);
  expect(await store.get(BUCKET, 'empty-stream', { maxBytes: 0 })).toHaveLength(0);
});

test('20 MB stream in and out byte-identical, also in a range', async () => {
  const size = 20_000_003;
  await store.putStream(BUCKET, 'large', size, patternedBody(size), { contentType: 'application/pdf' });
  const expected = await sha256Of(patternedBody(size));
  expect(await sha256Of(store.getStream(BUCKET, 'large', { timeoutMs: 5_000 }))).toBe(expected);
  expect(await store.head(BUCKET, 'large')).toMatchObject({ bytes: size, contentType: 'application/pdf' });
  const range = { offset: 65_536, length: 65_536 };
  const part = await bytesOf(store.getStream(BUCKET, 'large', { timeoutMs: 5_000, range }));
  expect(part).toEqual((await bytesOf(patternedBody(131_072))).subarray(65_536));
});

test('of 20 writers that put the same name if absent, one stores', async () => {
  const results = await Promise.all(
    Array.from({ length: 20 }, async (_, writer) =>
      store.put(BUCKET, 'race', Buffer.from(`writer ${writer}`), { onlyIf: { etagDoesNotMatch: '*' } }),
    ),
  );
  expect(results.filter((result) => result === 'stored')).toHaveLength(1);
  const winner = results.indexOf('stored');
  expect((await store.get(BUCKET, 'race', { maxBytes: 100 })).toString()).toBe(`writer ${winner}`);
});

test('of 10 writers that replace the same version of an object, one stores', async () => {
  await store.put(BUCKET, 'replaced', Buffer.from('first'));
  const { etag } = (await store.head(BUCKET, 'replaced'))!;
  const put = async (text: string, onlyIf: Condition, name = 'replaced') =>
    store.put(BUCKET, name, Buffer.from(text), { onlyIf });
  const results = await Promise.all(
    Array.from({ length: 10 }, async (_, writer) => put(`writer ${writer}`, { etagMatches: etag })),
  );
  expect(results.filter((result) => result === 'stored')).toHaveLength(1);
  const text = `writer ${results.indexOf('stored')}`;
  const now = (await store.head(BUCKET, 'replaced'))!.etag;
  expect((await store.get(BUCKET, 'replaced', { maxBytes: 100 })).toString()).toBe(text);
  expect(await put('x', { etagDoesNotMatch: now })).toBe('unmet');
  expect(await put('x', { etagDoesNotMatch: etag })).toBe('stored');
  expect(await put('x', { etagMatches: etag }, 'nowhere')).toBe('unmet');
  expect(await put('x', { etagMatches: '*' }, 'nowhere')).toBe('unmet');
  expect(await store.head(BUCKET, 'nowhere')).toBeNull();
});

test('an absent object is not-found, and its head is null', async () => {
  expect(await store.head(BUCKET, 'nowhere')).toBeNull();
  await expect(store.get(BUCKET, 'nowhere', { maxBytes: 1 })).rejects.toMatchObject({ code: 'not-found' });
  const stream = store.getStream(BUCKET, 'nowhere', { timeoutMs: 1_000 });
  await expect(stream.next()).rejects.toMatchObject({ code: 'not-found' });
});

test('removing succeeds whether or not the object is there', async () => {
  await store.put(BUCKET, 'removed', Buffer.from('x'));
  await store.remove(BUCKET, 'removed');
  await store.remove(BUCKET, 'removed');
  expect(await store.head(BUCKET, 'removed')).toBeNull();
});

test('an object above the limit of the reader is refused with the limit', async () => {
  await store.put(BUCKET, 'eleven', Buffer.alloc(11));
  await expect(store.get(BUCKET, 'eleven', { maxBytes: 10 })).rejects.toMatchObject({
    code: 'object-too-large',
    facts: { limitBytes: 10 },
  });
});

test('wrong keys are store-refused, not store-unavailable', async () => {
  const stranger = openStore({ ...minio.endpoint, tls: false, secretKey: 'not-the-secret' });
  await expect(stranger.assertReady()).rejects.toMatchObject({ code: 'store-refused' });
  await expect(store.assertReady()).resolves.toBeUndefined();
  stranger.close();
});

test('a put into a missing bucket names the reason of the server', async () => {
  await expect(store.put('no-such-bucket', 'a', Buffer.from('x'))).rejects.toMatchObject({
    code: 'store-refused',
    facts: { s3Code: 'NoSuchBucket' },
  });
});
