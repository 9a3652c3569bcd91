import { randomBytes } from 'node:crypto';
import { isSovfnError, KEY_PURPOSES, type SealedPlace } from '@sovfn/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CHUNK_BYTES,
  DataKey,
  type DataKeySource,
  isSealed,
  open,
  openPiece,
  openStream,
  PIECE_OVERHEAD,
  seal,
  sealedStreamBytes,
  sealPiece,
  sealStream,
} from './index.ts';

const name = { tenant: 'main', purpose: 'events', generation: 1 } as const;
const key = new DataKey(name, randomBytes(32));
const keys: DataKeySource = { newest: () => key, get: () => key };
const place: SealedPlace = { tenant: 'main', purpose: 'events', function: 'ledger', name: '01k2' };
const anyPlace: fc.Arbitrary<SealedPlace> = fc.record({
  tenant: fc.string(),
  purpose: fc.constantFrom(...KEY_PURPOSES),
  function: fc.string(),
  name: fc.string(),
});
const anyBytes = fc.uint8Array({ maxLength: 512 });
/** Around the limits of chunks. */
const anyLength = fc.oneof(
  fc.integer({ min: 0, max: 2 }),
  fc.integer({ min: CHUNK_BYTES - 2, max: CHUNK_BYTES + 2 }),
  fc.integer({ min: 2 * CHUNK_BYTES - 2, max: 3 * CHUNK_BYTES + 2 }),
);

test('any bytes open again in their place, and say that they are sealed', () => {
  fc.assert(
    fc.property(anyBytes, anyPlace, (bytes, at) => {
      const sealed = sealPiece(key, at, bytes);
      expect(sealed.length).toBe(bytes.length + PIECE_OVERHEAD);
      expect(isSealed(sealed)).toBe(true);
      expect(Buffer.compare(openPiece(key, at, sealed), bytes)).toBe(0);
    }),
  );
});

test('they open in no other place, and under no other key', () => {
  const other = new DataKey(name, randomBytes(32));
  fc.assert(
    fc.property(anyBytes, anyPlace, anyPlace, (bytes, at, elsewhere) => {
      fc.pre(JSON.stringify(at) !== JSON.stringify(elsewhere));
      const sealed = sealPiece(key, at, bytes);
      expect(codeOf(() => openPiece(key, elsewhere, sealed))).toBe('data-unreadable');
      expect(codeOf(() => openPiece(other, at, sealed))).toBe('data-unreadable');
    }),
  );
});

test('no changed, cut or lengthened piece opens', () => {
  const sealed = sealPiece(key, place, Buffer.from('canary'));
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(codeOf(() => openPiece(key, place, changed))).toBe('data-unreadable');
    expect(codeOf(() => openPiece(key, place, sealed.subarray(0, at)))).toBe('data-unreadable');
  }
  expect(codeOf(() => openPiece(key, place, Buffer.concat([sealed, Buffer.alloc(1)])))).toBe('data-unreadable');
});

test('the same bytes are sealed differently each time, and counted', () => {
  const counted = new DataKey(name, randomBytes(32));
  const seen = new Set(Array.from({ length: 1_000 }, () => sealPiece(counted, place, Buffer.alloc(8)).toString('hex')));
  expect(seen.size).toBe(1_000);
  expect(counted.sealed).toBe(1_000);
});

test('with a key that is held, nothing waits; with one that is not, a promise gives the same', async () => {
  const sealed = seal(keys, place, Buffer.from('now'));
  expect(Buffer.isBuffer(sealed)).toBe(true);
  const later: DataKeySource = { newest: () => Promise.resolve(key), get: () => Promise.resolve(key) };
  const opened = open(later, place, await sealed);
  expect(opened).toBeInstanceOf(Promise);
  expect((await opened).toString()).toBe('now');
});

test('a stream of any length, in pieces of any size, opens again and has the length that was told', async () => {
  await fc.assert(
    fc.asyncProperty(anyLength, fc.integer({ min: 1, max: 100_000 }), async (length, size) => {
      const bytes = randomBytes(length);
      const sealed = await collect(sealStream(key, place, pieces(bytes, size)));
      expect(sealed.length).toBe(sealedStreamBytes(length));
      expect((await collect(openStream(keys, place, pieces(sealed, size)))).equals(bytes)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test.each<[string, (sealed: Buffer) => Buffer]>([
  ['without its last chunk', (sealed) => sealed.subarray(0, sealed.length - 100 - 16)],
  ['cut inside a chunk', (sealed) => sealed.subarray(0, sealed.length - 1)],
  ['cut to its beginning', (sealed) => sealed.subarray(0, 20)],
  ['that goes on', (sealed) => Buffer.concat([sealed, randomBytes(200)])],
  ['with two chunks swapped', swapChunks],
  ['with a changed byte', (sealed) => flip(sealed, sealed.length - 50)],
  ['of another kind', () => sealPiece(key, place, Buffer.alloc(9))],
])('a stream %s is noticed before its end', async (_what, change) => {
  const sealed = await collect(sealStream(key, place, pieces(randomBytes(2 * CHUNK_BYTES + 100), 10_000)));
  await expect(collect(openStream(keys, place, pieces(change(sealed), 5_000)))).rejects.toMatchObject({
    code: 'data-unreadable',
  });
});

test('a stream opens in no other place', async () => {
  const sealed = await collect(sealStream(key, place, pieces(randomBytes(10), 10)));
  for (const elsewhere of [{ tenant: 'acme' }, { function: 'other' }, { name: 'x' }, { purpose: 'kv' as const }]) {
    const opened = collect(openStream(keys, { ...place, ...elsewhere }, pieces(sealed, 100)));
    await expect(opened).rejects.toMatchObject({ code: 'data-unreadable' });
  }
});

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of source) all.push(piece);
  return Buffer.concat(all);
}

function flip(sealed: Buffer, at: number): Buffer {
  const changed = Buffer.from(sealed);
  changed[at]! ^= 1;
  return changed;
}

function swapChunks(sealed: Buffer): Buffer {
  const head = 26;
  const chunk = CHUNK_BYTES + 16;
  const [first, second] = [sealed.subarray(head, head + chunk), sealed.subarray(head + chunk, head + 2 * chunk)];
  return Buffer.concat([sealed.subarray(0, head), second, first, sealed.subarray(head + 2 * chunk)]);
}

function codeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return isSovfnError(error) ? error.code : String(error);
  }
}
