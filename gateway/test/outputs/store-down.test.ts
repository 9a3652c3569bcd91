import { randomBytes } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import { startStallingProxy } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import {
  bodyOf,
  ECHO,
  keep,
  outputEnd,
  outputStart,
  startOutputWorld,
  untilDrained,
  writeAll,
} from './fixtures/output-world.ts';

test('before the first output, with no bucket, nothing is found and nothing fails', async () => {
  await using world = await startOutputWorld();
  expect(await world.writer.reader.list(ECHO, { limit: 10 })).toEqual({ outputs: [], damaged: [], isComplete: true });
  const address = { ...ECHO, invocation: outputStart().invocation };
  await expect(world.writer.reader.get(address)).rejects.toMatchObject({ code: 'output-not-found' });
});

test('while the object store is down outputs are pending and readable; when it is back they are stored, unchanged', async () => {
  await using world = await startOutputWorld();
  const { writer, minio } = world;
  const stored = await keep(writer, Buffer.from('before'));
  await minio.kill();
  const bodies = [Buffer.alloc(0), randomBytes(1_000), randomBytes(2_000_000)];
  const kept = [];
  for (const body of bodies) kept.push({ ...(await keep(writer, body)), body });
  expect(kept.map((output) => output.state)).toEqual(['pending', 'pending', 'pending']);
  await expect.poll(() => writer.pendingOutputs()).toBe(3);
  const down = await writer.reader.list(ECHO, { limit: 10 });
  expect(down.isComplete).toBe(false);
  expect(down.outputs.map((output) => output.state)).toEqual(['pending', 'pending', 'pending']);
  for (const output of kept) expect((await bodyOf(writer, output)).equals(output.body)).toBe(true);
  await expect(writer.reader.get(stored)).rejects.toMatchObject({ code: 'store-unavailable' });

  await minio.restart();
  await untilDrained(writer);
  const up = await writer.reader.list(ECHO, { limit: 10 });
  expect(up.isComplete).toBe(true);
  expect(up.outputs.map((output) => output.state)).toEqual(['stored', 'stored', 'stored', 'stored']);
  const newestFirst = [...kept.map((output) => output.invocation).toReversed(), stored.invocation];
  expect(up.outputs.map((output) => output.meta.invocation)).toEqual(newestFirst);
  for (const output of kept) expect((await bodyOf(writer, output)).equals(output.body)).toBe(true);
  for (const output of kept) expect(await writer.reader.verify(output)).toMatchObject({ state: 'stored' });
});

test('the log says once that the store is down, and once that it is up', async () => {
  await using world = await startOutputWorld();
  await world.minio.kill();
  for (let i = 0; i < 20; i++) await keep(world.writer, randomBytes(100));
  await world.minio.restart();
  await untilDrained(world.writer);
  expect(world.log.map((entry) => entry.event)).toEqual(['output-store-down', 'output-store-up']);
});

test('a store that hangs costs one call its time limit, and the next calls nothing', async () => {
  await using world = await startOutputWorld();
  await using proxy = await startStallingProxy(world.minio.endpoint.port);
  const writer = await world.openWriter({ storePort: proxy.port });
  await keep(writer, randomBytes(100));
  proxy.stall();
  expect((await keep(writer, randomBytes(100))).state).toBe('pending');
  const started = performance.now();
  for (let i = 0; i < 10; i++) expect((await keep(writer, randomBytes(100))).state).toBe('pending');
  // Each for itself would have waited for 2 s, 20 in all.
  expect(performance.now() - started).toBeLessThan(10_000);
  proxy.resume();
  await untilDrained(writer);
});

test('nats-server killed and restarted while the store is down: nothing is lost', async () => {
  await using world = await startOutputWorld();
  const { writer, minio, nats } = world;
  await minio.kill();
  const bodies = [randomBytes(1_000), randomBytes(3_000_000)];
  const kept = [];
  for (const body of bodies) kept.push({ ...(await keep(writer, body)), body });
  await nats.restart();
  await minio.restart();
  await untilDrained(writer);
  for (const output of kept) {
    expect((await bodyOf(writer, output)).equals(output.body)).toBe(true);
    expect(await writer.reader.verify(output)).toMatchObject({ state: 'stored' });
  }
});

test('nats-server killed and restarted while an output is written: the writer waits, and the output is whole', async () => {
  await using world = await startOutputWorld();
  const { writer, nats } = world;
  const body = randomBytes(6_000_000);
  const start = outputStart();
  const sink = writer.start(start);
  await writeAll(sink, body.subarray(0, 3_000_000));
  await nats.kill();
  const rest = writeAll(sink, body.subarray(3_000_000));
  await nats.restart();
  await rest;
  const state = await sink.finish(outputEnd());
  expect(state).toBe('pending');
  const kept = { ...ECHO, invocation: start.invocation, state };
  expect((await bodyOf(writer, kept)).equals(body)).toBe(true);
  await untilDrained(writer);
  expect((await bodyOf(writer, kept)).equals(body)).toBe(true);
});

test('a gateway that starts while the store is down serves, and one that ends leaves its pending outputs to the next', async () => {
  await using world = await startOutputWorld();
  await world.minio.kill();
  const first = await world.openWriter();
  const body = randomBytes(700_000);
  const kept = await keep(first, body);
  await expect.poll(() => world.log.map((entry) => entry.event)).toContain('output-store-down');
  await first.close();
  await world.writer.close();
  await world.minio.restart();
  const second = await world.openWriter();
  await untilDrained(second);
  expect((await bodyOf(second, kept)).equals(body)).toBe(true);
});

test('a stream or consumer that was deleted is made again, and outputs are kept and moved as before', async () => {
  await using world = await startOutputWorld();
  const { writer, minio } = world;
  const manager = await jetstreamManager(world.connection);
  await minio.kill();
  for (const remove of [
    async () => manager.consumers.delete('OUT_fr', 'drain'),
    async () => manager.streams.delete('OUT_fr'),
  ]) {
    await remove();
    const body = randomBytes(2_000_000);
    const kept = await keep(writer, body);
    expect(kept.state).toBe('pending');
    await minio.restart();
    await untilDrained(writer);
    expect((await bodyOf(writer, kept)).equals(body)).toBe(true);
    await minio.kill();
  }
});

test('an output that is moved while it is read is read to its end', async () => {
  await using world = await startOutputWorld();
  const { writer, minio } = world;
  await minio.kill();
  const body = randomBytes(4_000_000);
  const kept = await keep(writer, body);
  const { body: reading, state } = await writer.reader.get(kept);
  expect(state).toBe('pending');
  const pieces = [(await reading.next()).value as Buffer];
  await minio.restart();
  await untilDrained(writer);
  for await (const piece of reading) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(body)).toBe(true);
});
