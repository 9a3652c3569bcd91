import { createHash } from 'node:crypto';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cellPids, highestResidentMb, residentMb } from './processes.ts';

const MIB = 2 ** 20;
const SIZE = 64 * MIB;
const PIECE = 1 << 16;
/** What the gateway and the cell may grow by while 64 MiB pass through them. */
const GROWTH_MB = 64;

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
  await platform.deploy({
    name: 'large',
    code: LARGE,
    config: { limits: { bodyMb: 64, cpuMs: 20_000, wallMs: 60_000 } },
  });
  // Loads the function, and nothing more: growth counts from a platform that has not seen a large body.
  await (await platform.call('/fn/large/', upload('POST', PIECE))).bytes();
});
afterAll(() => platform[Symbol.asyncDispose]());

/** POST: counts and hashes what it reads piece by piece. GET: makes 64 MiB piece by piece. PUT: gives back what comes. */
const LARGE = `
import { createHash } from 'node:crypto';
const PIECE = 1 << 16;
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === 'PUT') return new Response(request.body);
    if (request.method === 'GET') return new Response(makeStream(Number(new URL(request.url).searchParams.get('bytes'))));
    let length = 0;
    const hash = createHash('sha256');
    for await (const piece of request.body as unknown as AsyncIterable<Uint8Array>) {
      length += piece.length;
      hash.update(piece);
    }
    return Response.json({ length, hash: hash.digest('hex') });
  },
};
function makeStream(bytes: number): ReadableStream {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent >= bytes) return controller.close();
      controller.enqueue(new Uint8Array(PIECE).fill(sent / PIECE));
      sent += PIECE;
    },
  });
}`;

test('64 MiB go up and 64 MiB come down, byte for byte, and neither gateway nor cell grows by 64 MiB', async () => {
  const pids = [platform.pids.get('gateway')!, ...(await cellPids(platform))];
  const before = await Promise.all(pids.map(residentMb));
  for (let round = 0; round < 2; round++) {
    const sent = createHash('sha256');
    for (const piece of pieces(SIZE)) sent.update(piece);
    const received = await platform.call('/fn/large/', upload('POST', SIZE));
    expect(await received.json()).toEqual({ length: SIZE, hash: sent.digest('hex') });
    const made = createHash('sha256');
    for (let bytes = 0; bytes < SIZE; bytes += PIECE) made.update(Buffer.alloc(PIECE, bytes / PIECE));
    const response = await platform.call(`/fn/large/?bytes=${SIZE}`);
    const hash = createHash('sha256');
    for await (const piece of response.body as AsyncIterable<Uint8Array>) hash.update(piece);
    expect(hash.digest('hex')).toBe(made.digest('hex'));
  }
  // The kernel's own record of the peak: no sample can miss it.
  const highest = await Promise.all(pids.map(highestResidentMb));
  for (const [index, mb] of highest.entries()) expect(mb - before[index]!).toBeLessThan(GROWTH_MB);
});

test('64 MiB pass through a function byte for byte', async () => {
  const hash = createHash('sha256');
  const response = await platform.call('/fn/large/', upload('PUT', SIZE));
  for await (const piece of response.body as AsyncIterable<Uint8Array>) hash.update(piece);
  const expected = createHash('sha256');
  for (const piece of pieces(SIZE)) expected.update(piece);
  expect(hash.digest('hex')).toBe(expected.digest('hex'));
});

test('a reader that stops does not fill the gateway: the function waits', async () => {
  const response = await platform.call(`/fn/large/?bytes=${4 * SIZE}`);
  const reader = response.body!.getReader();
  await reader.read();
  const gateway = platform.pids.get('gateway')!;
  const before = await residentMb(gateway);
  for (let looks = 0; looks < 20; looks++) await (await platform.call('/fn/large/?bytes=65536')).bytes();
  expect((await residentMb(gateway)) - before).toBeLessThan(GROWTH_MB);
  await reader.cancel();
});

function upload(method: string, bytes: number): RequestInit {
  const source = pieces(bytes);
  const body = new ReadableStream({
    pull(controller) {
      const next = source.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
  });
  return { method, body, duplex: 'half' };
}

function* pieces(bytes: number): Generator<Uint8Array, undefined> {
  for (let sent = 0; sent < bytes; sent += PIECE) yield Buffer.alloc(PIECE, (sent / PIECE) % 251);
}
