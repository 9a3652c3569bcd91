import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sizedParts } from './sized-parts.ts';

async function* givenIn(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function partsOf(pieces: readonly Uint8Array[], size: number, partBytes: number): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  const options = { size, partBytes, idleMs: 1_000 };
  for await (const part of sizedParts(givenIn(pieces), options)) parts.push(Buffer.from(part));
  return parts;
}

const pieceList = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
const partSize = fc.integer({ min: 1, max: 40 });

test('the parts are the source, cut every partBytes, however the source was cut', async () => {
  await fc.assert(
    fc.asyncProperty(pieceList, partSize, async (pieces, partBytes) => {
      const whole = Buffer.concat(pieces);
      const parts = await partsOf(pieces, whole.length, partBytes);
      expect(Buffer.concat(parts)).toEqual(whole);
      expect(parts).toHaveLength(Math.max(1, Math.ceil(whole.length / partBytes)));
      expect(parts.slice(0, -1).every((part) => part.length === partBytes)).toBe(true);
    }),
  );
});

test('a source of any other size than the declared one is refused before its last part', async () => {
  await fc.assert(
    fc.asyncProperty(pieceList, partSize, fc.nat(1_000), async (pieces, partBytes, declared) => {
      const { length } = Buffer.concat(pieces);
      fc.pre(declared !== length);
      let given = 0;
      const read = async (): Promise<void> => {
        const options = { size: declared, partBytes, idleMs: 1_000 };
        for await (const part of sizedParts(givenIn(pieces), options)) given += part.length;
      };
      await expect(read()).rejects.toMatchObject({ code: 'size-mismatch' });
      expect(given).toBeLessThanOrEqual(Math.max(0, declared - 1));
    }),
  );
});
