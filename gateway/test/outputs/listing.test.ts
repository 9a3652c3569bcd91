import { invocationIdFloor, type OutputMeta, outputMetaObject, outputPrefix } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BUCKET, outputEnd, type OutputWorld, outputStart, startOutputWorld } from './fixtures/output-world.ts';

const HOUR_MS = 3_600_000;
let world: OutputWorld;

beforeAll(async () => {
  world = await startOutputWorld();
  await world.store.ensureBucket(BUCKET);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Stores only the description: a listing reads no bodies. */
async function describe(name: string, time: number, counter: number): Promise<string> {
  const invocation = invocationIdFloor(time) + counter.toString(8).padStart(16, '0');
  const meta: OutputMeta = {
    ...{ v: 1, ...outputStart(invocation), ...outputEnd(), function: name },
    ...{ contentType: null, bytes: 0, sha256: 'e'.repeat(64) },
  };
  const object = outputMetaObject(outputPrefix('main', name, invocation));
  await world.store.put(BUCKET, object, Buffer.from(JSON.stringify(meta)));
  return invocation;
}

async function listed(name: string, limit: number, before?: string): Promise<string[]> {
  const range = before === undefined ? { limit } : { limit, before };
  const page = await world.writer.reader.list({ tenant: 'main', function: name }, range);
  return page.outputs.map((output) => output.meta.invocation);
}

test('outputs of many days are listed newest first, page by page', async () => {
  const newest = Date.parse('2026-03-01T05:00:00Z');
  const ids: string[] = [];
  for (let i = 0; i < 40; i++) ids.push(await describe('days', newest - i * 29 * HOUR_MS, i));
  expect(await listed('days', 100)).toEqual(ids);
  const pages: string[] = [];
  for (;;) {
    const page = await listed('days', 7, pages.at(-1));
    pages.push(...page);
    if (page.length < 7) break;
  }
  expect(pages).toEqual(ids);
});

test('the newest of a day with more outputs than fit a page are found without reading them all', async () => {
  const start = Date.parse('2026-02-03T08:00:00Z');
  const ids: string[] = [];
  for (let at = 0; at < 400; at += 50) {
    const batch = Array.from({ length: 50 }, async (_, i) =>
      describe('busy', start + Math.floor((at + i) / 3), at + i),
    );
    ids.push(...(await Promise.all(batch)));
  }
  ids.reverse();
  expect(await listed('busy', 20)).toEqual(ids.slice(0, 20));
  expect(await listed('busy', 30, ids[200])).toEqual(ids.slice(201, 231));
  expect(await listed('busy', 1_000)).toEqual(ids);
});

test('more outputs in one millisecond than fit a page are all found', async () => {
  const time = Date.parse('2026-02-04T08:00:00Z');
  const ids = await Promise.all(Array.from({ length: 300 }, async (_, i) => describe('instant', time, i)));
  expect(await listed('instant', 1_000)).toEqual(ids.toReversed());
});

test('a damaged description is named and hides no other', async () => {
  const time = Date.parse('2026-02-05T08:00:00Z');
  const ids = await Promise.all([0, 1, 2].map(async (i) => describe('damaged', time + i, i)));
  const object = outputMetaObject(outputPrefix('main', 'damaged', ids[1]!));
  for (const text of ['', '{', '{"v":1}', 'null']) {
    await world.store.put(BUCKET, object, Buffer.from(text));
    const page = await world.writer.reader.list({ tenant: 'main', function: 'damaged' }, { limit: 10 });
    expect(page.outputs.map((output) => output.meta.invocation)).toEqual([ids[2], ids[0]]);
    expect(page.damaged).toEqual([ids[1]]);
  }
});

test('strange objects beside the outputs are passed over', async () => {
  for (const name of [
    'readme.txt',
    '2026/notes',
    '2026/99/99/x/body',
    'abcd/01/01/y/body',
    '2026/02/06/no-id/output.json',
  ]) {
    await world.store.put(BUCKET, `main/strange/${name}`, Buffer.from('x'));
  }
  const id = await describe('strange', Date.parse('2026-02-06T08:00:00Z'), 1);
  expect(await listed('strange', 10)).toEqual([id]);
});

test('a function without outputs lists nothing', async () => {
  expect(await listed('silent', 10)).toEqual([]);
});
