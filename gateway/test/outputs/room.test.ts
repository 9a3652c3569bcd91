import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  bodyOf,
  keep,
  outputEnd,
  outputStart,
  startOutputWorld,
  untilDrained,
  writeAll,
} from './fixtures/output-world.ts';

const MIB = 1024 * 1024;

test('when the spill is full there is no room for calls; when the store is back there is, and nothing was lost', async () => {
  await using world = await startOutputWorld({ spillMb: 8 });
  const { writer, minio } = world;
  expect(writer.hasRoom('fr')).toBe(true);
  await minio.kill();
  const kept = [];
  while (writer.hasRoom('fr')) {
    const body = randomBytes(500_000);
    kept.push({ ...(await keep(writer, body)), body });
  }
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.every((output) => output.state === 'pending')).toBe(true);

  await minio.restart();
  await untilDrained(writer);
  await expect.poll(() => writer.hasRoom('fr'), { timeout: 5_000 }).toBe(true);
  for (const output of kept) expect((await bodyOf(writer, output)).equals(output.body)).toBe(true);
});

test('an output that was begun while there was room can always be 512 KiB large', async () => {
  await using world = await startOutputWorld({ spillMb: 4 });
  const { writer, minio } = world;
  await minio.kill();
  const sinks = [];
  while (writer.hasRoom('fr')) sinks.push(writer.start(outputStart()));
  for (const sink of sinks) {
    await writeAll(sink, randomBytes(512 * 1024));
    expect(await sink.finish(outputEnd())).toBe('pending');
  }
});

test('an output that does not fit is refused with output-store-full and leaves nothing behind', async () => {
  await using world = await startOutputWorld({ spillMb: 4 });
  const { writer } = world;
  const sink = writer.start(outputStart());
  await expect(writeAll(sink, randomBytes(8 * MIB))).rejects.toMatchObject({ code: 'output-store-full' });
  expect(writer.hasRoom('fr')).toBe(false);
  await sink.discard();
  await expect.poll(() => writer.hasRoom('fr'), { timeout: 5_000 }).toBe(true);
  expect((await keep(writer, randomBytes(2 * MIB))).state).toBe('pending');
});

test('a gateway that starts with a larger spillMb has more room', async () => {
  await using world = await startOutputWorld({ spillMb: 1 });
  await world.minio.kill();
  while (world.writer.hasRoom('fr')) await keep(world.writer, randomBytes(400_000));
  const larger = await world.openWriter({ spillMb: 8 });
  expect(larger.hasRoom('fr')).toBe(true);
  expect((await keep(larger, randomBytes(400_000))).state).toBe('pending');
});

test('a zone that this gateway does not serve is refused', async () => {
  await using world = await startOutputWorld();
  expect(() => world.writer.hasRoom('eu')).toThrow(/keeps no outputs of the zone "eu"/);
});
