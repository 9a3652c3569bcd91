/** What does not fit into one message between cell and supervisor goes in pieces: whole in the end, or refused at once. */
import { SERVICE_BODY_BYTES } from '@sovfn/protocol';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bodyOf, Upstream } from './upstream.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Around what travels inside a message, and what may be sent before the receiver has taken a piece. */
const SIZES = [128 * KIB, 128 * KIB + 1, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 5 * MIB];

let platform: TestPlatform;
let upstream: Upstream;
beforeAll(async () => {
  platform = await startPlatform({ allowPrivate: true });
  upstream = await Upstream.start({
    '/hash': async (request, response) => void response.end(hashOf(await bodyOf(request))),
  });
  await platform.deploy({ name: 'mirror', code: `export default { fetch: (request) => new Response(request.body) };` });
  await platform.deploy({
    name: 'sends',
    config: {
      limits: { cpuMs: 10_000, wallMs: 90_000, memoryMb: 256 },
      egress: [upstream.origin],
      bindings: {
        STATE: { type: 'kv' },
        ARCHIVE: { type: 'bucket' },
        JOBS: { type: 'queue', batchSize: 100, batchWait: '60s' },
        MIRROR: { type: 'service', function: 'mirror' },
      },
    },
    code: `const URL_OF_HASH = '${upstream.origin}/hash';${CODE}`,
  });
});
afterAll(async () => {
  await upstream[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

/** Each way sends `size` bytes and answers with the hash of what the other side has, or with its error. */
const CODE = `
let isEnough = false;
const hash = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex();
const filled = (size) => { const bytes = new Uint8Array(size); for (let i = 0; i < size; i += 97) bytes[i] = i; return bytes; };
const streamOf = (bytes, piece) => { let at = 0;
  return new ReadableStream({ pull(controller) {
    if (at >= bytes.length) return controller.close();
    controller.enqueue(bytes.subarray(at, at += piece)); } }); };
const ways = {
  kv: async (bytes, env) => { await env.STATE.put('key', bytes); return hash(await env.STATE.get('key', 'bytes')); },
  bucket: async (bytes, env) => { await env.ARCHIVE.put('key', bytes); return hash(await (await env.ARCHIVE.get('key')).bytes()); },
  'bucket-stream': async (bytes, env) => {
    await env.ARCHIVE.put('key', streamOf(bytes, 100_000), { size: bytes.length });
    return hash(await (await env.ARCHIVE.get('key')).bytes()); },
  service: async (bytes, env) => hash(await (await env.MIRROR.fetch('http://mirror/', { method: 'POST', body: bytes })).bytes()),
  fetch: async (bytes) => (await fetch(URL_OF_HASH, { method: 'POST', body: bytes })).text(),
  'fetch-stream': async (bytes) => (await fetch(URL_OF_HASH, { method: 'POST', body: streamOf(bytes, 300_000), duplex: 'half' })).text(),
  queue: async (bytes, env) => {
    const messages = [];
    for (let at = 0; at < bytes.length; at += 120 * 1024) messages.push({ body: bytes.subarray(at, at + 120 * 1024) });
    await env.JOBS.sendBatch(messages);
    return hash(bytes); },
  'queue-twelve': async (bytes, env) => {
    await Promise.all(Array.from({ length: 12 }, () => ways.queue(bytes, env)));
    return hash(bytes); },
  hoard: async (bytes, env) => {
    const put = (_, i) => { let sent = 0;
      return env.ARCHIVE.put('hoarded-' + i, new ReadableStream({ async pull(controller) {
        if (sent < 7_000_000) { controller.enqueue(bytes); sent += bytes.length; return; }
        while (!isEnough) await new Promise((resolve) => setTimeout(resolve, 50));
        controller.close(); } })); };
    const ends = await Promise.all(Array.from({ length: 6 }, put).map((one) => one.then(() => 'stored', (error) => {
      isEnough = true;
      return error.name + ': ' + error.message; })));
    return JSON.stringify(ends); },
  'queue-one': async (bytes, env) => env.JOBS.sendBatch([{ body: 'first' }, { body: bytes }]),
  'queue-many': async (bytes, env) => env.JOBS.sendBatch(Array.from({ length: bytes.length }, () => ({ body: 'x' }))),
};
export default { async fetch(request, env) {
  const query = new URL(request.url).searchParams;
  try { return new Response(await ways[query.get('way')](filled(Number(query.get('size'))), env)); }
  catch (error) { return new Response(error.name + ': ' + error.message, { status: 400 }); }
}, queue() {} };`;

async function send(way: string, size: number): Promise<string> {
  return (await platform.call(`/fn/sends/?way=${way}&size=${size}`)).text();
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function expectedHash(size: number): string {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i += 97) bytes[i] = i;
  return hashOf(bytes);
}

test.each([
  ['kv', [200 * KIB, 512 * KIB]],
  ['bucket', SIZES],
  ['bucket-stream', SIZES],
  ['service', [200 * KIB, SERVICE_BODY_BYTES]],
  ['fetch', SIZES],
  ['fetch-stream', SIZES],
  ['queue', [...SIZES.slice(0, -1), 4 * MIB]],
  ['queue-twelve', [MIB, 3 * MIB]],
])('%s carries large bodies whole', async (way, sizes) => {
  for (const size of sizes) expect([size, await send(way, size)]).toEqual([size, expectedHash(size)]);
});

test.each([
  ['kv', 4 * MIB, 'RangeError: The value of "key" has more than the 524288 bytes that are allowed.'],
  ['service', 3 * MIB, 'RangeError: The body for "mirror" has more than the 851968 bytes that are allowed.'],
  [
    'queue',
    8 * MIB,
    'RangeError: A batch has 8388608 bytes; at most 4194304 are allowed. Send the messages in several batches.',
  ],
  [
    'queue-many',
    101,
    'RangeError: A batch has 101 messages; at most 100 are allowed. Send the messages in several batches.',
  ],
  [
    'queue-one',
    200 * KIB,
    'RangeError: Message 2 of 2 has 204800 bytes; at most 131072 are allowed. Put what is large into a bucket, and send its key.',
  ],
  ['queue-many', 0, 'TypeError: A batch has no messages. Send at least one.'],
])('%s says at once that %i are too many', async (way, size, error) => {
  expect(await send(way, size)).toBe(error);
});

test('what the subrequests of a cell hold in the node is bounded: some are refused, the others are done', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, async () => send('hoard', 64 * KIB)));
  const ends = new Set(answers.flatMap((answer) => JSON.parse(answer) as string[]));
  const refusal =
    /^RangeError: Subrequests of this cell hold \d+ bytes; 134217728 are possible. Try again when some have ended\.$/;
  expect(ends).toContain('stored');
  for (const end of ends) expect(end === 'stored' || refusal.test(end)).toBe(true);
  expect(ends.size).toBeGreaterThan(1);
});
