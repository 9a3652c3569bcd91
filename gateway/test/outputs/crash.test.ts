import { randomBytes } from 'node:crypto';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { startStallingProxy } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { sweepOrphans } from '../../src/outputs/orphan-sweep.ts';
import { SpillStream } from '../../src/outputs/spill/spill-stream.ts';
import {
  bodyOf,
  ECHO,
  keep,
  newInvocation,
  objectNames,
  outputStart,
  type OutputWorld,
  startOutputWorld,
  untilDrained,
} from './fixtures/output-world.ts';
import { startWriterProcess } from './fixtures/writer-orders.ts';

const MIB = 1024 * 1024;

test('a gateway killed in the middle of a move leaves the output pending, and another moves it, whole', async () => {
  await using world = await startOutputWorld();
  await using proxy = await startStallingProxy(world.minio.endpoint.port);
  await world.minio.kill();
  const body = randomBytes(20 * MIB);
  const kept = await keep(world.writer, body);
  await expect.poll(() => world.log.map((entry) => entry.event)).toContain('output-store-down');
  await world.writer.close();
  await world.minio.restart();
  await world.store.ensureBucket('sovfn-outputs');

  proxy.stallAfter(12 * MIB);
  await using child = startWriterProcess({
    ...{ nats: world.nats.address, store: { ...world.minio.endpoint, port: proxy.port } },
    type: 'serve',
  });
  await expect.poll(() => proxy.isStalled, { timeout: 20_000 }).toBe(true);
  await child.kill();

  expect(await objectNames(world.store)).toEqual([]);
  const next = await world.openWriter();
  expect((await next.reader.get(kept)).state).toBe('pending');
  await untilDrained(next);
  expect((await next.reader.get(kept)).state).toBe('stored');
  expect((await bodyOf(next, kept)).equals(body)).toBe(true);
}, 60_000);

test('an output whose description is stored but which was not purged is moved again, to the same bytes', async () => {
  await using world = await startOutputWorld();
  const body = randomBytes(1_000);
  const kept = await keep(world.writer, body);
  expect(kept.state).toBe('stored');
  const { meta } = await world.writer.reader.get(kept);
  const spill = await openSpill(world);
  await spill.putEnd(meta, 0, body);
  const { outputs } = await world.writer.reader.list(ECHO, { limit: 10 });
  expect(outputs).toHaveLength(1);
  await untilDrained(world.writer);
  expect((await bodyOf(world.writer, kept)).equals(body)).toBe(true);
  expect(await messagesIn(world)).toBe(0);
});

test('what a gateway that died left of an unfinished output is purged; finished and open ones are not', async () => {
  await using world = await startOutputWorld();
  await world.minio.kill();
  const pending = await keep(world.writer, randomBytes(2 * MIB));
  const openStart = outputStart();
  const open = world.writer.start(openStart);
  await open.write(randomBytes(2 * MIB));
  const output = outputStart();
  await using child = startWriterProcess({
    ...{ nats: world.nats.address, store: world.minio.endpoint },
    ...{ type: 'write', output, warmUpInvocation: newInvocation(), bytes: 2 * MIB, isEnded: false },
  });
  await world.minio.restart();
  await child.report;
  await child.kill();
  await world.minio.kill();

  const spill = await openSpill(world);
  const isOpen = (invocation: string): boolean => invocation === openStart.invocation;
  const options = { spill, isOpen, log: () => undefined };
  expect(await sweepOrphans(options)).toEqual([]);
  expect(await sweepOrphans(options, 0)).toEqual([output.invocation]);
  expect(await sweepOrphans(options, 0)).toEqual([]);
  await open.discard();
  await world.minio.restart();
  await untilDrained(world.writer);
  expect((await world.writer.reader.verify(pending)).meta.bytes).toBe(2 * MIB);
});

test('a pending output whose bytes were altered is reported, and never becomes visible as stored', async () => {
  await using world = await startOutputWorld();
  const source = await keep(world.writer, randomBytes(1_000));
  const { meta } = await world.writer.reader.get(source);
  const spill = await openSpill(world);
  const invocation = newInvocation();
  await spill.putEnd({ ...meta, invocation }, 0, randomBytes(1_000));
  await expect.poll(() => world.log.map((entry) => entry.event)).toEqual(['output-unreadable']);
  expect((await objectNames(world.store)).filter((name) => name.includes(invocation))).toEqual([]);
  await expect(world.writer.reader.verify({ ...ECHO, invocation })).rejects.toMatchObject({ code: 'output-corrupted' });
});

test('a pending output that lost a part is reported and stays for a person to look at', async () => {
  await using world = await startOutputWorld();
  const output = outputStart();
  const spill = await openSpill(world);
  const address = { ...ECHO, invocation: output.invocation };
  const rest = { node: 'n', status: 200, headers: [], contentType: null, outcome: 'ok' };
  const times = { startedAt: output.startedAt, endedAt: output.startedAt };
  const meta = { v: 1 as const, ...output, ...rest, ...times, bytes: 10, sha256: 'b'.repeat(64) };
  await spill.putEnd(meta, 1, Buffer.from('rest'));
  await expect.poll(() => world.log.map((entry) => entry.event)).toEqual(['output-unreadable']);
  expect(world.log[0]?.fields['error']).toContain('part 0 of the 1 of pending output');
  await expect(world.writer.reader.verify(address)).rejects.toMatchObject({ code: 'output-corrupted' });
  expect(await messagesIn(world)).toBe(1);
});

test('an end that cannot be read is reported and named in the listing, and hides no other output', async () => {
  await using world = await startOutputWorld();
  await world.minio.kill();
  const kept = await keep(world.writer, Buffer.from('readable'));
  const invocation = newInvocation();
  await jetstream(world.connection).publish(`spill.fr.main.echo.${invocation}.end`, 'from another version');
  await expect.poll(() => world.log.map((entry) => entry.event)).toContain('output-unreadable');
  const page = await world.writer.reader.list(ECHO, { limit: 10 });
  expect(page.damaged).toEqual([invocation]);
  expect(page.outputs.map((output) => output.meta.invocation)).toEqual([kept.invocation]);
  await expect(world.writer.reader.get({ ...ECHO, invocation })).rejects.toMatchObject({ code: 'output-corrupted' });
});

async function openSpill(world: OutputWorld): Promise<SpillStream> {
  const setup = { zone: 'fr', maxBytes: 256 * MIB };
  const spill = await SpillStream.open({ connection: world.connection, ...setup });
  spill.close();
  return spill;
}

async function messagesIn(world: OutputWorld): Promise<number> {
  const manager = await jetstreamManager(world.connection);
  return (await manager.streams.info('OUT_fr')).state.messages;
}
