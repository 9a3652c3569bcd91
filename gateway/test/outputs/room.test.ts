import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { OutputWriter } from '../../src/outputs/index.ts';
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

const hasRoom = (writer: OutputWriter): boolean => writer.refusal('fr') === null;

test('when the spill is full there is no room for calls; when the store is back there is, and nothing was lost', async () => {
  await using world = await startOutputWorld({ spillMb: 8 });
  const { writer, minio } = world;
  expect(hasRoom(writer)).toBe(true);
  await minio.kill();
  const kept = [];
  while (hasRoom(writer)) {
    const body = randomBytes(500_000);
    kept.push({ ...(await keep(writer, body)), body });
  }
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.every((output) => output.state === 'pending')).toBe(true);

  await minio.restart();
  await untilDrained(writer);
  await expect.poll(() => hasRoom(writer), { timeout: 5_000 }).toBe(true);
  for (const output of kept) expect((await bodyOf(writer, output)).equals(output.body)).toBe(true);
});

test('an output that was begun while there was room can always be 512 KiB large', async () => {
  await using world = await startOutputWorld({ spillMb: 4 });
  const { writer, minio } = world;
  await minio.kill();
  const sinks = [];
  while (hasRoom(writer)) sinks.push(writer.start(outputStart()));
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
  expect(hasRoom(writer)).toBe(false);
  await sink.discard();
  await expect.poll(() => hasRoom(writer), { timeout: 5_000 }).toBe(true);
  expect((await keep(writer, randomBytes(2 * MIB))).state).toBe('pending');
});

test('a gateway that starts with a larger spillMb has more room', async () => {
  await using world = await startOutputWorld({ spillMb: 1 });
  await world.minio.kill();
  while (hasRoom(world.writer)) await keep(world.writer, randomBytes(400_000));
  const larger = await world.openWriter({ spillMb: 8 });
  expect(hasRoom(larger)).toBe(true);
  expect((await keep(larger, randomBytes(400_000))).state).toBe('pending');
});

test('a zone that this gateway does not serve is refused', async () => {
  await using world = await startOutputWorld();
  expect(() => world.writer.refusal('eu')).toThrow(/keeps no outputs of the zone "eu"/);
});
