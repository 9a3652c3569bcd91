import { duplexPair } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { Channel, FRAME_BYTES, FrameReader } from './frame.ts';

const noteSchema = z.strictObject({ type: z.literal('note'), text: z.string() });
type Note = z.output<typeof noteSchema>;
interface Received {
  readonly head: Note;
  readonly tail: Buffer;
}

test('whatever is sent arrives whole and in order, however the stream is cut', async () => {
  const note = fc.record({ text: fc.string(), tail: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 3 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(note, { maxLength: 8 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      async (notes, cuts) => {
        const received = await throughCuts(notes, cuts);
        expect(received.map(({ head }) => head.text)).toEqual(notes.map(({ text }) => text));
        expect(received.map(({ tail }) => tail)).toEqual(notes.map(({ tail }) => Buffer.concat(tail)));
      },
    ),
    { numRuns: 60 },
  );
});

test('a frame in thousands of pieces takes linear time', () => {
  const reader = new FrameReader(FRAME_BYTES);
  const length = 8 * 1024 * 1024;
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length);
  reader.push(head);
  for (let sent = 0; sent < length; sent += 1_024) {
    expect(reader.take()).toBeNull();
    reader.push(Buffer.alloc(1_024));
  }
  expect(reader.take()?.length).toBe(length);
  expect(reader.isBetweenFrames).toBe(true);
});

test.each([
  ['a length over the limit', frame(70_000, 4, '{}'), 'a frame says it has 70000 bytes; 4 to 65536 are allowed'],
  ['a length of zero', frame(0, 0, ''), 'a frame says it has 0 bytes; 4 to 65536 are allowed'],
  ['a head longer than its frame', frame(6, 100, '{}'), 'a frame of 6 bytes says its head has 100'],
  ['a head that is no JSON', frame(6, 2, '{]'), 'the head of a frame is not JSON'],
  [
    'a head of another form',
    frame(20, 16, '{"type":"other"}'),
    'a message does not have an agreed form: type: Invalid input: expected "note"',
  ],
])('%s closes the channel with the reason', async (_name, bytes, message) => {
  const [near, far] = duplexPair();
  const closed = Promise.withResolvers<Error | null>();
  const received: Note[] = [];
  const channel = new Channel<Note, Note>(near, {
    schema: noteSchema,
    onMessage: (head) => received.push(head),
    onClosed: closed.resolve,
    maxFrameBytes: 65_536,
  });
  far.write(bytes);
  expect(await closed.promise).toMatchObject({ code: 'bad-message', message });
  expect(channel.isOpen).toBe(false);
  expect(received).toEqual([]);
});

test('random bytes never throw out of the channel: it stays open for more, or closes with a reason', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const [near, far] = duplexPair();
      const closed = Promise.withResolvers<Error | null>();
      new Channel<Note, Note>(near, { schema: noteSchema, onMessage: () => undefined, onClosed: closed.resolve });
      far.end(bytes);
      const reason = await closed.promise;
      if (bytes.length > 0) expect(reason).toMatchObject({ code: 'bad-message' });
      else expect(reason).toBeNull();
    }),
  );
});

test('a stream that ends inside a frame says so; one that ends between frames is closed in order', async () => {
  const [near, far] = duplexPair();
  const closed = Promise.withResolvers<Error | null>();
  new Channel<Note, Note>(near, { schema: noteSchema, onMessage: () => undefined, onClosed: closed.resolve });
  far.end(frame(100, 96, '{"type":'));
  expect(await closed.promise).toMatchObject({ message: 'the stream ended in the middle of a frame' });
});

test('a receiver that throws closes the channel with what it threw', async () => {
  const { near, far, closed } = pair(() => {
    throw new Error('receiver broke');
  });
  far.send({ type: 'note', text: 'hello' });
  expect(await closed).toMatchObject({ message: 'receiver broke' });
  expect(near.isOpen).toBe(false);
});

test('close delivers what was sent before, and sending afterwards does nothing', async () => {
  const texts: string[] = [];
  const { far, closed } = pair((head) => texts.push(head.text));
  far.send({ type: 'note', text: 'before' });
  far.close();
  far.send({ type: 'note', text: 'after' });
  expect(await closed).toBeNull();
  expect(texts).toEqual(['before']);
});

test('a message larger than a frame may be is refused to the sender', () => {
  const { far } = pair(() => undefined);
  const half = new Uint8Array(FRAME_BYTES / 2);
  expect(() => far.send({ type: 'note', text: '' }, [half, half])).toThrow(RangeError);
});

test('a peer that asks and does not read its answers is not heard until it has', async () => {
  const [nearStream, farStream] = duplexPair();
  const answer = Buffer.alloc(40_000);
  let heard = 0;
  const near: Channel<Note, Note> = new Channel<Note, Note>(nearStream, {
    schema: noteSchema,
    onMessage: () => {
      heard++;
      near.send({ type: 'note', text: 'answer' }, [answer]);
    },
    onClosed: () => undefined,
    mostUnsentBytes: 100_000,
  });
  farStream.pause();
  const ask = JSON.stringify({ type: 'note', text: '' });
  for (let asks = 0; asks < 50; asks++) farStream.write(frame(4 + ask.length, ask.length, ask));
  await delay(20);
  const heardWhileUnread = heard;
  expect(near.unsentBytes).toBeLessThan(200_000);
  farStream.resume();
  await vi.waitFor(() => expect(heard).toBe(50));
  expect(heardWhileUnread).toBeLessThan(10);
});

function pair(onMessage: (head: Note, tail: Buffer) => void) {
  const [nearStream, farStream] = duplexPair();
  const closed = Promise.withResolvers<Error | null>();
  const near = new Channel<Note, Note>(nearStream, { schema: noteSchema, onMessage, onClosed: closed.resolve });
  const far = new Channel<Note, Note>(farStream, {
    schema: noteSchema,
    onMessage: () => undefined,
    onClosed: () => undefined,
  });
  return { near, far, closed: closed.promise };
}

async function throughCuts(
  notes: readonly { text: string; tail: readonly Uint8Array[] }[],
  cuts: Iterator<number>,
): Promise<Received[]> {
  const bytes = await encodedBy((channel) => {
    for (const { text, tail } of notes) channel.send({ type: 'note', text }, tail);
  });
  const [near, far] = duplexPair();
  const closed = Promise.withResolvers<Error | null>();
  const received: Received[] = [];
  new Channel<Note, Note>(near, {
    schema: noteSchema,
    onMessage: (head, tail) => received.push({ head, tail }),
    onClosed: closed.resolve,
  });
  for (let at = 0; at < bytes.length;) {
    const size = cuts.next().value as number;
    far.write(bytes.subarray(at, at + size));
    at += size;
  }
  far.end();
  expect(await closed.promise).toBeNull();
  return received;
}

async function encodedBy(send: (channel: Channel<Note, Note>) => void): Promise<Buffer> {
  const [near, far] = duplexPair();
  const channel = new Channel<Note, Note>(near, {
    schema: noteSchema,
    onMessage: () => undefined,
    onClosed: () => undefined,
  });
  send(channel);
  channel.close();
  return Buffer.concat(await far.toArray());
}

function frame(length: number, headLength: number, text: string): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32BE(length, 0);
  prefix.writeUInt32BE(headLength, 4);
  return Buffer.concat([prefix, Buffer.from(text)]);
}
