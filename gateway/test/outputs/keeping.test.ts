import { createHash, randomBytes } from 'node:crypto';
import { outputPrefix } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  bodyOf,
  BUCKET,
  keep,
  newInvocation,
  objectNames,
  outputEnd,
  outputStart,
  type OutputWorld,
  startOutputWorld,
  untilDrained,
  writeAll,
} from './fixtures/output-world.ts';

const KIB = 1024;
let world: OutputWorld;

beforeAll(async () => {
  world = await startOutputWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

test('a small output is one object under the documented name, with its description, when finish resolves', async () => {
  const kept = await keep(world.writer, Buffer.from('bonjour'));
  expect(kept.state).toBe('stored');
  const prefix = outputPrefix('main', 'echo', kept.invocation);
  expect((await world.store.get(BUCKET, `${prefix}body`, { maxBytes: 100 })).toString()).toBe('bonjour');
  const found = await world.store.head(BUCKET, `${prefix}body`);
  expect(await world.store.head(BUCKET, `${prefix}output.json`)).toBeNull();
  expect(JSON.parse(found!.metadata['output']!)).toEqual({
    v: 1,
    ...outputStart(kept.invocation),
    ...outputEnd(),
    contentType: 'text/plain',
    bytes: 7,
    sha256: createHash('sha256').update('bonjour').digest('hex'),
  });
});

test.each([0, 1, 512 * KIB - 1, 512 * KIB, 512 * KIB + 1, 1024 * KIB, 3_000_001])(
  'an output of %i bytes comes back byte-identical, at once and after it was moved',
  async (size) => {
    const body = randomBytes(size);
    const kept = await keep(world.writer, body);
    expect(kept.state).toBe(size > 512 * KIB ? 'pending' : 'stored');
    expect((await bodyOf(world.writer, kept)).equals(body)).toBe(true);
    await untilDrained(world.writer);
    expect((await world.writer.reader.get(kept)).state).toBe('stored');
    expect((await bodyOf(world.writer, kept)).equals(body)).toBe(true);
    expect(await world.writer.reader.verify(kept)).toMatchObject({ state: 'stored', meta: { bytes: size } });
  },
);

test('one piece larger than a NATS message is kept', async () => {
  const body = randomBytes(5_000_000);
  const start = outputStart();
  const sink = world.writer.start(start);
  await sink.write(body);
  await sink.finish(outputEnd());
  const { meta } = await world.writer.reader.verify({ tenant: 'main', function: 'echo', invocation: start.invocation });
  expect(meta.bytes).toBe(5_000_000);
});

test('a body that comes in 600,000 pieces of one byte is kept', async () => {
  const start = outputStart();
  const sink = world.writer.start(start);
  const byte = Buffer.from('x');
  for (let i = 0; i < 600_000; i++) await sink.write(byte);
  await sink.finish(outputEnd());
  const { meta } = await world.writer.reader.verify({ tenant: 'main', function: 'echo', invocation: start.invocation });
  expect(meta.sha256).toBe(createHash('sha256').update('x'.repeat(600_000)).digest('hex'));
});

test.each([
  ['is one object whatever characters it has', 'été  😀   "quoted" \\ \u007f', null],
  ['has an output.json when it does not fit', 'x'.repeat(2_000), 'output.json'],
])('a description %s', async (_what, value, second) => {
  const start = outputStart();
  const headers = ['content-type', 'text/plain', 'x-value', value];
  await world.writer.start(start).finish(outputEnd(headers));
  const address = { tenant: 'main', function: 'echo', invocation: start.invocation };
  expect((await world.writer.reader.get(address)).meta.headers).toEqual(headers);
  const prefix = outputPrefix('main', 'echo', start.invocation);
  const names = (await objectNames(world.store)).filter((name) => name.startsWith(prefix));
  expect(names.map((name) => name.slice(prefix.length))).toEqual(second === null ? ['body'] : ['body', second]);
});

test('a content type that S3 cannot carry is kept in the description', async () => {
  for (const type of ['texte/été', 'a'.repeat(300), '']) {
    const start = outputStart();
    const sink = world.writer.start(start);
    expect(await sink.finish(outputEnd(['Content-Type', type, 'x-other', '"quoted"']))).toBe('stored');
    const { meta } = await world.writer.reader.get({ tenant: 'main', function: 'echo', invocation: start.invocation });
    expect(meta.contentType).toBe(type);
    const body = await world.store.head(BUCKET, `${outputPrefix('main', 'echo', start.invocation)}body`);
    expect(body?.contentType).toBe('application/octet-stream');
  }
});

test('a discarded output leaves nothing, small or large', async () => {
  await untilDrained(world.writer);
  const before = await objectNames(world.store);
  for (const size of [10, 3_000_000]) {
    const sink = world.writer.start(outputStart());
    await writeAll(sink, randomBytes(size));
    await sink.discard();
    await sink.discard();
  }
  expect(await objectNames(world.store)).toEqual(before);
  expect(await spilledMessages()).toBe(0);
});

test('an output is not seen before its end', async () => {
  const start = outputStart();
  const address = { tenant: 'main', function: 'echo', invocation: start.invocation };
  const sink = world.writer.start(start);
  await writeAll(sink, randomBytes(2_000_000));
  await expect(world.writer.reader.get(address)).rejects.toMatchObject({ code: 'output-not-found' });
  const { outputs } = await world.writer.reader.list(address, { limit: 1 });
  expect(outputs[0]?.meta.invocation).not.toBe(start.invocation);
  await sink.finish(outputEnd());
  expect((await world.writer.reader.get(address)).meta.bytes).toBe(2_000_000);
});

test('an unknown invocation is output-not-found; what is no invocation id is refused', async () => {
  const reader = world.writer.reader;
  const unknown = { tenant: 'main', function: 'echo', invocation: newInvocation() };
  await expect(reader.get(unknown)).rejects.toMatchObject({ code: 'output-not-found' });
  await expect(reader.get({ ...unknown, invocation: '../../secret' })).rejects.toMatchObject({ code: 'bad-request' });
  await expect(reader.list(unknown, { limit: 1, before: '*' })).rejects.toMatchObject({ code: 'bad-request' });
});

async function spilledMessages(): Promise<number> {
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const manager = await jetstreamManager(world.connection);
  return (await manager.streams.info('OUT_fr')).state.messages;
}
