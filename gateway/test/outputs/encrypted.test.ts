import { randomBytes } from 'node:crypto';
import { outputPrefix } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  bodyOf,
  BUCKET,
  newInvocation,
  outputEnd,
  outputStart,
  type OutputWorld,
  startOutputWorld,
  untilDrained,
} from './fixtures/output-world.ts';

const KIB = 1024;
const CANARY = 'canary-5d1f';
let world: OutputWorld;

beforeAll(async () => {
  world = await startOutputWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

test.each([0, 1, 64 * KIB, 512 * KIB, 1024 * KIB, 3_000_001])(
  'an encrypted output of %i bytes comes back byte-identical, at once and after it was moved, and verifies',
  async (size) => {
    const body = randomBytes(size);
    const address = await keepEncrypted(body);
    expect((await bodyOf(world.writer, address)).equals(body)).toBe(true);
    await untilDrained(world.writer);
    expect((await bodyOf(world.writer, address)).equals(body)).toBe(true);
    expect(await world.writer.reader.verify(address)).toMatchObject({ state: 'stored', meta: { bytes: size } });
  },
);

test('neither its body nor its headers are readable in the store; whoever asks the platform gets both', async () => {
  const address = await keepEncrypted(Buffer.from(CANARY));
  const stored = await objectsOf(address.invocation);
  expect(stored.body.includes(CANARY)).toBe(false);
  expect(stored.meta.includes(CANARY)).toBe(false);
  const { meta } = await world.writer.reader.get(address);
  expect(meta.headers).toContain(CANARY);
  expect((await bodyOf(world.writer, address)).toString()).toBe(CANARY);
});

test('a body that was swapped with another output’s, or changed, does not come back', async () => {
  const [first, second] = [await keepEncrypted(Buffer.from('first')), await keepEncrypted(Buffer.from('second'))];
  const { body } = await objectsOf(second.invocation);
  await world.store.put(BUCKET, `${outputPrefix('main', 'echo', first.invocation)}body`, body);
  await expect(bodyOf(world.writer, first)).rejects.toMatchObject({ code: 'output-corrupted' });
  body[body.length - 20]! ^= 1;
  await world.store.put(BUCKET, `${outputPrefix('main', 'echo', second.invocation)}body`, body);
  await expect(world.writer.reader.verify(second)).rejects.toMatchObject({ code: 'output-corrupted' });
});

async function keepEncrypted(body: Buffer) {
  const start = outputStart(newInvocation());
  const sink = world.writer.start(start, { encrypt: true });
  for (let at = 0; at < body.length; at += 100_000) await sink.write(body.subarray(at, at + 100_000));
  const state = await sink.finish({ ...outputEnd(), headers: ['x-canary', CANARY] });
  return { tenant: start.tenant, function: start.function, invocation: start.invocation, state };
}

async function objectsOf(invocation: string): Promise<{ body: Buffer; meta: Buffer }> {
  const prefix = outputPrefix('main', 'echo', invocation);
  const read = (name: string) => world.store.get(BUCKET, prefix + name, { maxBytes: 100_000 });
  return { body: await read('body'), meta: await read('output.json') };
}
