import { createHash } from 'node:crypto';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cellPids, watchMemory, residentMb } from './processes.ts';

const MIB = 2 ** 20;
const SIZE = 64 * MIB;
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
  await warmUp();
});
afterAll(() => platform[Symbol.asyncDispose]());

/** POST: counts and hashes what it reads piece by piece. GET: makes 64 MiB piece by piece. PUT: gives back what comes. */
const LARGE = `
const PIECE = 1 << 16;
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === 'PUT') return new Response(request.body);
    if (request.method === 'GET') return new Response(makeStream(Number(new URL(request.url).searchParams.get('bytes'))));
    let length = 0;
    let sum = 0;
    for await (const piece of request.body as unknown as AsyncIterable<Uint8Array>) {
      length += piece.length;
      sum = (sum + piece[0]! + piece[piece.length - 1]!) % 65521;
    }
    return Response.json({ length, sum });
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

test('64 MiB go up and arrive whole, with less than 64 MiB of growth in the gateway and in the cell', async () => {
  const growth = await measureGrowth(async () => {
    const response = await platform.call('/fn/large/', upload('POST', SIZE));
    expect(await response.json()).toMatchObject({ length: SIZE });
  });
  expect(growth.every((mb) => mb < GROWTH_MB)).toBe(true);
});

test('64 MiB come down byte for byte, with less than 64 MiB of growth in the gateway and in the cell', async () => {
  const expected = createHash('sha256');
  for (let sent = 0; sent < SIZE; sent += 65_536) expected.update(Buffer.alloc(65_536, sent / 65_536));
  const hash = createHash('sha256');
  const growth = await measureGrowth(async () => {
    const response = await platform.call(`/fn/large/?bytes=${SIZE}`);
    for await (const piece of response.body as AsyncIterable<Uint8Array>) hash.update(piece);
  });
  expect(hash.digest('hex')).toBe(expected.digest('hex'));
  expect(growth.every((mb) => mb < GROWTH_MB)).toBe(true);
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
  const response = await platform.call(`/fn/large/?bytes=${SIZE}`);
  const reader = response.body!.getReader();
  await reader.read();
  const gateway = platform.pids.get('gateway')!;
  const before = await residentMb(gateway);
  for (let looks = 0; looks < 20; looks++) await (await platform.call('/fn/large/?bytes=65536')).bytes();
  expect((await residentMb(gateway)) - before).toBeLessThan(GROWTH_MB);
  await reader.cancel();
});

async function warmUp(): Promise<void> {
  for (let call = 0; call < 5; call++) {
    await (await platform.call('/fn/large/', upload('POST', 8 * MIB))).bytes();
    await (await platform.call(`/fn/large/?bytes=${8 * MIB}`)).bytes();
  }
}

/** MiB by which the gateway and the busiest cell grew at most during `act`. */
async function measureGrowth(act: () => Promise<void>): Promise<number[]> {
  const pids = [platform.pids.get('gateway')!, ...(await cellPids(platform))];
  const before = await Promise.all(pids.map(residentMb));
  const memory = watchMemory(pids);
  await act();
  const highest = await memory.stop();
  return highest.map((mb, index) => mb - before[index]!);
}

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
  for (let sent = 0; sent < bytes; sent += 65_536) yield Buffer.alloc(65_536, (sent / 65_536) % 251);
}
