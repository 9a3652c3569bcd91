import { encodeHash, hashLeaf } from '@sovfn/protocol';
import { parseStoredCalls, rootOfCalls } from '@sovfn/protocol/batch-root';
import { expect, test } from 'vitest';
import { BatchCalls } from './batch-calls.ts';
import { BatchRoots, type BatchToHash } from './batch-roots.ts';

test('what is added is kept call by call, however much it is, and taken once', () => {
  const batch = new BatchCalls();
  const expected = Array.from({ length: 3_000 }, (_, i) => ({ place: i % 200, record: Buffer.alloc(i % 150, i) }));
  for (const { place, record } of expected) {
    const bytes = Buffer.concat([Buffer.from('..'), record]);
    const end = 2 + Math.floor(record.length / 2);
    batch.add(place, { bytes, begin: 2, end }, record.subarray(end - 2));
  }
  expect(batch.size).toBe(3_000);
  expect(parseStoredCalls(Buffer.from(batch.take()))).toEqual(expected);
  expect([batch.size, batch.bytes]).toEqual([0, 0]);
});

test('batches of one call and of thousands get their roots', async () => {
  const roots = new BatchRoots();
  const batches = [1, 5_000, 2, 8_000, 6_000].map(batchOf);
  const found = await Promise.all(batches.map((batch) => roots.rootOf(batch)));
  expect(found).toEqual(batches.map(({ digests, calls }) => rootOfCalls(digests, calls)));
  await roots.close();
});

test('what was asked of a thread that is ended is answered, and so is what is asked afterwards', async () => {
  const roots = new BatchRoots();
  const batches = [5_000, 6_000].map(batchOf);
  const asked = batches.map((batch) => roots.rootOf(batch));
  await roots.close();
  const expected = batches.map(({ digests, calls }) => rootOfCalls(digests, calls));
  expect(await Promise.all(asked)).toEqual(expected);
  expect(await roots.rootOf(batches[0]!)).toBe(expected[0]);
  await roots.close();
});

function batchOf(calls: number): BatchToHash {
  const batch = new BatchCalls();
  for (let i = 0; i < calls; i++) {
    const bytes = Buffer.from(`a call with the number ${i}`);
    batch.add(i % 2, { bytes, begin: 0, end: bytes.length }, new Uint8Array());
  }
  return { digests: ['one', 'two'].map((text) => encodeHash(hashLeaf(text))), calls: batch.take() };
}
