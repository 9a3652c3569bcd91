import { rootOfLines } from '@sovfn/protocol/batch-root';
import { expect, test } from 'vitest';
import { BatchLines } from './batch-lines.ts';
import { BatchRoots, type BatchToHash } from './batch-roots.ts';

test('what is added is kept line by line, however much it is, and taken once', () => {
  const batch = new BatchLines();
  const expected = Array.from({ length: 3_000 }, (_, i) => [`${i % 7}\t`, `"${'x'.repeat(i % 50)}",${i}`] as const);
  for (const [place, line] of expected) batch.add(place, line);
  expect(batch.size).toBe(3_000);
  expect(Buffer.from(batch.take()).toString()).toBe(expected.map(([place, line]) => `${place}${line}\n`).join(''));
  expect([batch.size, batch.bytes]).toEqual([0, 0]);
});

test('batches of one call and of thousands get their roots', async () => {
  const roots = new BatchRoots();
  const batches = [1, 5_000, 2, 8_000, 6_000].map(batchOf);
  const found = await Promise.all(batches.map((batch) => roots.rootOf(batch)));
  expect(found).toEqual(batches.map(({ digests, lines }) => rootOfLines(digests, lines)));
  await roots.close();
});

test('what was asked of a thread that is ended is answered, and so is what is asked afterwards', async () => {
  const roots = new BatchRoots();
  const batches = [5_000, 6_000].map(batchOf);
  const asked = batches.map((batch) => roots.rootOf(batch));
  await roots.close();
  const expected = batches.map(({ digests, lines }) => rootOfLines(digests, lines));
  expect(await Promise.all(asked)).toEqual(expected);
  expect(await roots.rootOf(batches[0]!)).toBe(expected[0]);
  await roots.close();
});

function batchOf(calls: number): BatchToHash {
  const batch = new BatchLines();
  for (let i = 0; i < calls; i++) batch.add(`${i % 2}\t`, `"call-${i}","http",${i}`);
  return { digests: ['one', 'two'], lines: batch.take() };
}
