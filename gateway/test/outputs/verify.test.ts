import { outputBodyObject, outputMetaObject, outputPrefix } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BUCKET, ECHO, keep, type Kept, type OutputWorld, startOutputWorld } from './fixtures/output-world.ts';

let world: OutputWorld;
let kept: Kept;
let prefix: string;

beforeAll(async () => {
  world = await startOutputWorld();
  kept = await keep(world.writer, Buffer.from('the truth'));
  prefix = outputPrefix(ECHO.tenant, ECHO.function, kept.invocation);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

test('an output that was not touched is verified', async () => {
  expect(await world.writer.reader.verify(kept)).toMatchObject({ state: 'stored', meta: { bytes: 9 } });
});

test('an output that was kept before there were events is read as that of an HTTP call', async () => {
  const object = outputMetaObject(prefix);
  const { trigger, ...older } = JSON.parse(
    (await world.store.get(BUCKET, object, { maxBytes: 10_000 })).toString(),
  ) as {
    trigger: string;
  };
  expect(trigger).toBe('http');
  await world.store.put(BUCKET, object, Buffer.from(JSON.stringify(older)));
  expect(await world.writer.reader.verify(kept)).toMatchObject({ meta: { trigger: 'http', bytes: 9 } });
});

test.each(['the trutH', 'the truth and more', 'the', ''])(
  'a body changed to "%s" is output-corrupted',
  async (text) => {
    await world.store.put(BUCKET, outputBodyObject(prefix), Buffer.from(text));
    const failure = await world.writer.reader.verify(kept).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'output-corrupted',
      facts: { expectedBytes: 9, actualBytes: text.length },
    });
    const { facts } = failure as { facts: Record<string, unknown> };
    expect(facts['expectedSha256']).not.toBe(facts['actualSha256']);
  },
);

test('a body that was removed is output-corrupted', async () => {
  await world.store.remove(BUCKET, outputBodyObject(prefix));
  await expect(world.writer.reader.verify(kept)).rejects.toMatchObject({ code: 'output-corrupted' });
});

test("another output's description in its place is output-corrupted", async () => {
  const other = await keep(world.writer, Buffer.from('a lie'));
  const from = outputMetaObject(outputPrefix(ECHO.tenant, ECHO.function, other.invocation));
  const description = await world.store.get(BUCKET, from, { maxBytes: 10_000 });
  await world.store.put(BUCKET, outputMetaObject(prefix), description);
  await expect(world.writer.reader.verify(kept)).rejects.toMatchObject({ code: 'output-corrupted' });
});
