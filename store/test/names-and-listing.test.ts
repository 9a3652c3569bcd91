import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { type ObjectStore, openStore } from '../src/index.ts';

const BUCKET = 'names';
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

const ODD_NAMES = [
  '007',
  '1e5',
  '0x1F',
  'true',
  ' leading and trailing ',
  "it's (odd)!*",
  'a+b',
  '100%',
  '%41',
  'q?x=1&y=2#z',
  '<tag> & "quote"',
  'été/日本語/😀',
  'back\\slash',
  `${'long/'.repeat(40)}end`,
  '~._-',
];

test('odd names are stored, found, listed and removed as they are', async () => {
  for (const name of ODD_NAMES) await store.put(BUCKET, name, Buffer.from(name));
  for (const name of ODD_NAMES) expect((await store.get(BUCKET, name, { maxBytes: 2_000 })).toString()).toBe(name);
  const { objects } = await store.list(BUCKET, '', { limit: 100 });
  expect(objects.map((object) => object.name).toSorted()).toEqual(ODD_NAMES.toSorted());
  for (const name of ODD_NAMES) await store.remove(BUCKET, name);
  expect((await store.list(BUCKET, '', { limit: 100 })).objects).toEqual([]);
});

test.each(['', '/', 'a//b', 'a/', '/a', '.', 'a/../b', 'a/./b', 'a\nb', 'a\0', '\ud800', 'x'.repeat(1_025)])(
  'the name %j is refused before the server sees it',
  async (name) => {
    await expect(store.put(BUCKET, name, Buffer.from('x'))).rejects.toMatchObject({ code: 'bad-request' });
    expect(() => store.getStream(BUCKET, name, { timeoutMs: 1_000 })).toThrow(/object name/);
  },
);

test.each(['été', 'a\r\nx-evil: 1', ' padded ', ''])(
  'the content type %j is refused before it is signed',
  async (type) => {
    await expect(store.put(BUCKET, 'typed', Buffer.from('x'), { contentType: type })).rejects.toMatchObject({
      code: 'bad-request',
    });
  },
);

test('a listing is cut at its limit, goes on after a name, and groups by a delimiter', async () => {
  for (const name of ['l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/d']) await store.put(BUCKET, name, Buffer.from('x'));
  const first = await store.list(BUCKET, 'l/', { limit: 2 });
  expect(first.objects.map((object) => object.name)).toEqual(['l/a/1', 'l/a/2']);
  expect(first.isTruncated).toBe(true);
  const rest = await store.list(BUCKET, 'l/', { limit: 10, startAfter: 'l/a/2' });
  expect(rest.objects.map((object) => object.name)).toEqual(['l/b', 'l/c/1', 'l/d']);
  expect(rest.isTruncated).toBe(false);
  const grouped = await store.list(BUCKET, 'l/', { limit: 10, delimiter: '/' });
  expect(grouped.prefixes).toEqual(['l/a/', 'l/c/']);
  expect(grouped.objects.map((object) => object.name)).toEqual(['l/b', 'l/d']);
  const after = await store.list(BUCKET, 'l/', { limit: 10, delimiter: '/', startAfter: 'l/b' });
  expect([...after.prefixes, ...after.objects.map((object) => object.name)]).toEqual(['l/c/', 'l/d']);
});

test('a listing and a removal go beyond the 1,000 entries of one page', async () => {
  const names = Array.from({ length: 1_203 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
  for (let at = 0; at < names.length; at += 50) {
    await Promise.all(names.slice(at, at + 50).map(async (name) => store.put(BUCKET, name, Buffer.from('x'))));
  }
  await store.put(BUCKET, 'many-others', Buffer.from('kept'));
  const { objects, isTruncated } = await store.list(BUCKET, 'many/', { limit: 2_000 });
  expect(objects.map((object) => object.name)).toEqual(names);
  expect(isTruncated).toBe(false);
  expect(await store.removePrefix(BUCKET, 'many/')).toBe(1_203);
  expect((await store.list(BUCKET, 'many', { limit: 10 })).objects.map((object) => object.name)).toEqual([
    'many-others',
  ]);
});

test('removing everything in a bucket by an empty prefix is refused', async () => {
  await expect(store.removePrefix(BUCKET, '')).rejects.toMatchObject({ code: 'bad-request' });
});
