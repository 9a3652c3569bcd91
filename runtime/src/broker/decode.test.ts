import { Readable } from 'node:stream';
import { brotliCompressSync, constants, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { AskError } from '../asks/ask.ts';
import { decodedBody } from './decode.ts';

const MIB = 1024 * 1024;

async function lengthOf(body: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of body) length += piece.length;
  return length;
}

const decoded = (bytes: Uint8Array, coding: string, hold: (bytes: number) => void = () => undefined) =>
  lengthOf(decodedBody(Readable.from([bytes], { objectMode: false }), coding, hold));

test('zstd is decompressed, unless it needs a larger window than HTTP allows', async () => {
  const text = Buffer.alloc(12 * MIB, 'a');
  const window = (log: number) => ({ params: { [constants.ZSTD_c_windowLog]: log } });
  expect(await decoded(zstdCompressSync(text, window(23)), 'zstd')).toBe(text.length);
  await expect(decoded(zstdCompressSync(text, window(27)), 'zstd')).rejects.toThrow('The body broke off');
});

test('the window of a decoder counts as what is kept, as far as it is filled', async () => {
  const held: number[] = [];
  await decoded(brotliCompressSync(Buffer.alloc(1_000)), 'br', (bytes) => held.push(bytes));
  expect(held.reduce((sum, bytes) => sum + bytes, 0)).toBe(1_000);
});

test('an answer for whose window there is no room breaks off', async () => {
  const full = (): never => {
    throw new AskError('RangeError', 'too much');
  };
  await expect(decoded(brotliCompressSync('text'), 'br', full)).rejects.toThrow('too much');
});
