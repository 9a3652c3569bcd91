import { brotliCompressSync, deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { inGuestWithHost } from './harness.ts';

const HELPERS = `const hex = (bytes) => new Uint8Array(bytes).toHex(); const unhex = (digits) => Uint8Array.fromHex(digits);
const through = (bytes, stream) => new Response(new Blob([bytes]).stream().pipeThrough(stream)).bytes();`;

const run = (code: string): Promise<unknown> => inGuestWithHost(`${HELPERS}\n${code}`);

test.each(['gzip', 'deflate', 'deflate-raw', 'brotli'])('%s decompresses what it compressed', async (format) => {
  expect(
    await run(`const text = 'sovereign '.repeat(20_000);
    const packed = await through(text, new CompressionStream('${format}'));
    const unpacked = await through(packed, new DecompressionStream('${format}'));
    return [packed.length < 2_000, new TextDecoder().decode(unpacked) === text];`),
  ).toEqual([true, true]);
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate-raw', deflateRawSync],
  ['brotli', brotliCompressSync],
])('%s reads what another implementation wrote, also byte by byte', async (format, compress) => {
  const packed = compress('a text of some length').toString('hex');
  expect(
    await run(`const stream = new DecompressionStream('${format}');
    const writer = stream.writable.getWriter();
    const written = (async () => { for (const byte of unhex('${packed}')) await writer.write(Uint8Array.of(byte)); await writer.close(); })();
    const text = await new Response(stream.readable).text();
    await written;
    return text;`),
  ).toBe('a text of some length');
});

test('another implementation reads what gzip wrote', async () => {
  const packed = await run(`return hex(await through('bonjour', new CompressionStream('gzip')));`);
  expect(gunzipSync(Buffer.from(packed as string, 'hex')).toString()).toBe('bonjour');
});

test('an empty input gives an empty stream of the format, and nothing is not one', async () => {
  expect(
    await run(`const packed = await through('', new CompressionStream('gzip'));
    const unpacked = await through(packed, new DecompressionStream('gzip'));
    let error;
    try { await through('', new DecompressionStream('gzip')); } catch (caught) { error = caught; }
    return [packed.length > 0, unpacked.length, error.name];`),
  ).toEqual([true, 0, 'TypeError']);
});

const packed = gzipSync('x'.repeat(1_000)).toString('hex');

test.each([
  ['damaged data', `unhex('${packed}').fill(7, 12)`],
  ['data that is cut short', `unhex('${packed}').subarray(0, -4)`],
  ['data with something behind it', `unhex('${packed}00')`],
  ['data of another format', `new TextEncoder().encode('plain text')`],
  ['a chunk that is no buffer', `'${packed}'`],
])('%s makes both ends fail with a TypeError', async (_what, chunk) => {
  expect(
    await run(`const stream = new DecompressionStream('gzip');
    const writer = stream.writable.getWriter();
    const name = (promise) => promise.then(() => 'fine', (error) => error.name);
    const reading = name(new Response(stream.readable).bytes());
    const writing = name(writer.write(${chunk}).then(() => writer.close()));
    return [await reading, await writing];`),
  ).toEqual(['TypeError', 'TypeError']);
});

test('an unknown format is a TypeError, and so is a call without new', async () => {
  expect(
    await run(`const names = [];
    for (const make of [() => new CompressionStream('zip'), () => new DecompressionStream(), () => CompressionStream('gzip')]) {
      try { make(); } catch (error) { names.push(error.name); }
    }
    return names;`),
  ).toEqual(['TypeError', 'TypeError', 'TypeError']);
});

test('a stream that nobody reads holds no more than a piece of what its input unfolds to', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20)).toString('base64');
  expect(
    await run(`const stream = new DecompressionStream('gzip');
    const writer = stream.writable.getWriter();
    let isWritten = false;
    writer.write(Uint8Array.fromBase64('${bomb}')).then(() => { isWritten = true; });
    const reader = stream.readable.getReader();
    let size = 0;
    let largest = 0;
    for (let i = 0; i < 100; i++) {
      const { value } = await reader.read();
      size += value.length;
      largest = Math.max(largest, value.length);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
    const wasWritten = isWritten;
    await reader.cancel('enough');
    return [size > 0 && size < 2 ** 24, largest <= 65_536, wasWritten];`),
  ).toEqual([true, true, false]);
});

test('a call decompresses a gigabyte at most', async () => {
  const bomb = gzipSync(Buffer.alloc(2 ** 28)).toString('base64');
  expect(
    await run(`const bomb = Uint8Array.fromBase64('${bomb}');
    let size = 0;
    try {
      for (;;) {
        for await (const chunk of new Blob([bomb]).stream().pipeThrough(new DecompressionStream('gzip'))) size += chunk.length;
      }
    } catch (error) { return [error.name, error.message, size <= 2 ** 30 && size > 2 ** 29]; }`),
  ).toEqual(['TypeError', 'a call may decompress 1073741824 bytes in all', true]);
}, 60_000);

test('cancelling the readable end fails the writable one with the reason, and aborting the other way round', async () => {
  expect(
    await run(`const reasonOf = (promise) => promise.then(() => 'fine', (reason) => reason);
    const first = new CompressionStream('gzip');
    await first.readable.cancel('unwanted');
    const second = new CompressionStream('gzip');
    await second.writable.abort('gone');
    return [await reasonOf(first.writable.getWriter().write(new Uint8Array(1))), await reasonOf(second.readable.getReader().read())];`),
  ).toEqual(['unwanted', 'gone']);
});

test('an isolate may have 128 compression streams at a time, and those of a call that is over make room', async () => {
  expect(
    await run(`const streams = [];
    try { for (;;) streams.push(new CompressionStream('gzip')); } catch (error) {
      await streams[0].readable.cancel();
      new CompressionStream('gzip');
      return [streams.length, error.name];
    }`),
  ).toEqual([128, 'RangeError']);
});
