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
  const { trigger, ...older } = JSON.parse(await descriptionOf(kept)) as { trigger: string };
  expect(trigger).toBe('http');
  await world.store.put(BUCKET, outputBodyObject(prefix), Buffer.from('the truth'));
  await world.store.put(BUCKET, outputMetaObject(prefix), Buffer.from(JSON.stringify(older)));
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
  const output = await descriptionOf(other);
  await world.store.put(BUCKET, outputMetaObject(prefix), Buffer.from(output));
  await expect(world.writer.reader.verify(kept)).rejects.toMatchObject({ code: 'output-corrupted' });
  await world.store.put(BUCKET, outputBodyObject(prefix), Buffer.from('a lie'), { metadata: { output } });
  await expect(world.writer.reader.verify(kept)).rejects.toMatchObject({ code: 'output-corrupted' });
});

test.each(['-', '{', '{"v":1}', 'null'])('a description changed to "%s" is output-corrupted', async (text) => {
  const changed = await keep(world.writer, Buffer.from('the truth'));
  const object = outputBodyObject(outputPrefix(ECHO.tenant, ECHO.function, changed.invocation));
  await world.store.put(BUCKET, object, Buffer.from('the truth'), { metadata: { output: text } });
  await expect(world.writer.reader.verify(changed)).rejects.toMatchObject({ code: 'output-corrupted' });
});

async function descriptionOf({ invocation }: Kept): Promise<string> {
  const object = outputBodyObject(outputPrefix(ECHO.tenant, ECHO.function, invocation));
  return (await world.store.head(BUCKET, object))!.metadata['output']!;
}
