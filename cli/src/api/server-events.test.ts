import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readServerEvents, type ServerEvent } from './server-events.ts';

async function readAll(chunks: readonly Uint8Array[]): Promise<(ServerEvent | null)[]> {
  async function* source() {
    yield* chunks;
  }
  const events: (ServerEvent | null)[] = [];
  for await (const event of readServerEvents(source())) events.push(event);
  return events;
}

const TEXT =
  ': following\n\nevent: log\nid: fr:7.1\ndata: {"text":"café €"}\n\nevent: gap\ndata: a\ndata: b\n\ndata: plain\n\n';
const EVENTS = [
  null,
  { type: 'log', id: 'fr:7.1', data: '{"text":"café €"}' },
  { type: 'gap', id: 'fr:7.1', data: 'a\nb' },
  { type: 'message', id: 'fr:7.1', data: 'plain' },
];

test('events arrive whole however the bytes are cut', async () => {
  const bytes = Buffer.from(TEXT);
  const cuts = fc.uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(cuts, async (unsorted) => {
      const edges = [0, ...unsorted.toSorted((a, b) => a - b), bytes.length];
      const chunks = edges.slice(1).map((end, position) => bytes.subarray(edges[position], end));
      expect(await readAll(chunks)).toEqual(EVENTS);
    }),
  );
});

test('an event that is cut off is no event', async () => {
  expect(await readAll([Buffer.from('data: whole\n\nevent: log\ndata: {"te')])).toEqual([
    { type: 'message', id: '', data: 'whole' },
  ]);
});

test('a line without end is refused', async () => {
  await expect(readAll([Buffer.alloc(2 * 1024 * 1024, 'x')])).rejects.toThrow('exceeds 1048576 characters');
});
