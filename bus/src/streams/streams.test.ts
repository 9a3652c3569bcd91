import { CHUNK_BYTES, CREDIT_STEP, decodeCellFrame, STREAM_WINDOW } from '@sovfn/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkReceiver } from './chunk-receiver.ts';
import { ChunkSender, type Pace } from './chunk-sender.ts';

/** A sender and a receiver joined by a wire that holds frames until they are let through. */
function makeStream(pace: Pace = { isCongested: false, onceDrained: () => undefined }) {
  const wire: Buffer[] = [];
  let most = 0;
  const sender: ChunkSender = new ChunkSender({
    pace,
    credits: STREAM_WINDOW,
    send: (frame) => {
      wire.push(frame);
      most = Math.max(most, wire.length);
    },
    onRoom: () => (rooms.count += 1),
  });
  const rooms = { count: 0 };
  const receiver = new ChunkReceiver({ grant: (chunks) => sender.grant(chunks), onChunk: () => undefined });
  const letThrough = (): void => {
    for (const frame of wire.splice(0)) {
      const chunk = decodeCellFrame(frame);
      if (chunk.kind === 'chunk') receiver.accept(chunk);
    }
  };
  return { sender, receiver, letThrough, rooms, mostOnWire: () => most };
}

test('whatever is written comes out byte for byte, and never more than a window is under way', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3 * CHUNK_BYTES), { maxLength: 12 }), (sizes) => {
      const { sender, receiver, letThrough, mostOnWire } = makeStream();
      const out: Buffer[] = [];
      const readAll = (): void => {
        for (let chunk = receiver.take(); chunk !== null; chunk = receiver.take()) out.push(chunk);
      };
      const written = sizes.map((size, index) => Buffer.alloc(size, index + 1));
      for (const bytes of written) {
        sender.write(bytes);
        letThrough();
        readAll();
      }
      while (!sender.isEmpty) {
        letThrough();
        readAll();
      }
      letThrough();
      readAll();
      receiver.finish(sender.chunks);
      expect(receiver.isEnded).toBe(true);
      expect(Buffer.concat(out).equals(Buffer.concat(written))).toBe(true);
      expect(mostOnWire()).toBeLessThanOrEqual(STREAM_WINDOW);
    }),
    { numRuns: 30 },
  );
});

test('a sender without credits says there is no room, and says once when there is', () => {
  const { sender, receiver, letThrough, rooms } = makeStream();
  expect(sender.write(Buffer.alloc(CHUNK_BYTES * (STREAM_WINDOW + 1)))).toBe(false);
  letThrough();
  expect(rooms.count).toBe(0);
  for (let taken = 0; taken < CREDIT_STEP; taken++) receiver.take();
  expect(rooms.count).toBe(1);
  expect(sender.hasRoom).toBe(true);
});

test('64 MiB that pass leave no more than a few MiB of buffers behind', () => {
  const { sender, receiver, letThrough } = makeStream();
  const { arrayBuffers: before } = process.memoryUsage();
  let highest = 0;
  for (let sent = 0; sent < 512; sent++) {
    sender.write(Buffer.alloc(CHUNK_BYTES));
    letThrough();
    receiver.take();
    highest = Math.max(highest, process.memoryUsage().arrayBuffers - before);
  }
  expect(highest / 2 ** 20).toBeLessThan(24);
});

test('a lost chunk is noticed at the next one', () => {
  const { receiver } = makeStream();
  receiver.accept({ kind: 'chunk', sequence: 0, bytes: Buffer.from('a') });
  expect(() => receiver.accept({ kind: 'chunk', sequence: 2, bytes: Buffer.from('c') })).toThrow(
    'a streamed body is damaged: chunk 2 came where chunk 1 was due',
  );
});

test('a lost last chunk is noticed at the end', () => {
  const { receiver } = makeStream();
  receiver.accept({ kind: 'chunk', sequence: 0, bytes: Buffer.from('a') });
  expect(() => receiver.finish(2)).toThrow('a streamed body is damaged: 1 of 2 chunks came');
});

test('a sender that ignores its credits is cut off before it fills the memory', () => {
  const { receiver } = makeStream();
  const send = (sequence: number): void => receiver.accept({ kind: 'chunk', sequence, bytes: Buffer.from('x') });
  for (let sequence = 0; sequence < STREAM_WINDOW; sequence++) send(sequence);
  expect(() => send(STREAM_WINDOW)).toThrow(`more than ${STREAM_WINDOW} chunks came without a credit`);
});

test('a stopped sender sends nothing more', () => {
  const { sender, letThrough, receiver } = makeStream();
  sender.stop();
  sender.write(Buffer.from('late'));
  letThrough();
  expect(receiver.isEmpty).toBe(true);
});

test('a sender waits for a congested connection, whatever credits it has, and goes on when it has drained', () => {
  let drain = (): void => undefined;
  const pace = { isCongested: true, onceDrained: (callback: () => void) => (drain = callback) };
  const { sender, receiver, letThrough, rooms } = makeStream(pace);
  expect(sender.write(Buffer.alloc(3 * CHUNK_BYTES))).toBe(false);
  letThrough();
  expect([receiver.take() === null, receiver.take() === null]).toEqual([false, true]);
  pace.isCongested = false;
  drain();
  letThrough();
  expect([receiver.take() === null, receiver.take() === null]).toEqual([false, false]);
  expect(rooms.count).toBe(1);
});
