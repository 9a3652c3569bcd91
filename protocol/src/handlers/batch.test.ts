import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeInvocationIds } from '../invocation-id.ts';
import { type Batch, BATCH_MESSAGES, CONTENT_TYPES, encodeBatch, readBatch } from './batch.ts';

const nextId = makeInvocationIds((size) => crypto.getRandomValues(new Uint8Array(size)));

const messages = fc.array(
  fc.record({
    id: fc.constant(null).map(() => nextId()),
    timestamp: fc.nat(2 ** 48 - 1),
    attempts: fc.integer({ min: 1, max: 65_535 }),
    contentType: fc.constantFrom(...CONTENT_TYPES),
    bytes: fc.uint8Array({ maxLength: 300 }),
  }),
  { minLength: 1, maxLength: BATCH_MESSAGES },
);
const batches: fc.Arbitrary<Batch> = fc.record({
  queue: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/),
  messages,
});

test('a batch that is encoded and read is the same batch', () => {
  fc.assert(
    fc.property(batches, (batch) => {
      expect(readBatch(encodeBatch(batch))).toEqual(batch);
    }),
  );
});

test('damaged bytes are no batch, or a batch of a possible form that lies within them', () => {
  fc.assert(
    fc.property(batches, fc.nat(), fc.nat(255), fc.nat(), (batch, at, value, length) => {
      const whole = encodeBatch(batch);
      const damaged = whole.slice(0, length % 2 === 0 ? whole.length : length % whole.length);
      if (damaged.length > 0) damaged[at % damaged.length] = value;
      const read = readBatch(damaged);
      if (read === null) return;
      expect(read.messages.length).toBeGreaterThan(0);
      expect(read.messages.length).toBeLessThanOrEqual(BATCH_MESSAGES);
      for (const { id, contentType, timestamp } of read.messages) {
        expect(id).toHaveLength(26);
        expect(CONTENT_TYPES).toContain(contentType);
        expect(Number.isSafeInteger(timestamp)).toBe(true);
      }
      // Each byte was read once: the parts together are all there is.
      expect(encodeBatch(read)).toEqual(damaged);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['nothing', (): number[] => []],
  ['another version', (batch: number[]) => [9, ...batch.slice(1)]],
  ['no messages', (batch: number[]) => [batch[0]!, 0, ...batch.slice(2)]],
  ['more messages than a batch may have', (batch: number[]) => [batch[0]!, 101, ...batch.slice(2)]],
  ['more messages than it brings', (batch: number[]) => [batch[0]!, 2, ...batch.slice(2)]],
  ['a queue without a name', (batch: number[]) => [batch[0]!, batch[1]!, 0, ...batch.slice(3)]],
  ['bytes behind its last message', (batch: number[]) => [...batch, 0]],
  ['its last byte missing', (batch: number[]) => batch.slice(0, -1)],
  ['an unknown content type', (batch: number[]) => batch.with(3 + 4 + 34, 3)],
  ['a length that passes its end', (batch: number[]) => batch.with(3 + 4 + 35, 255)],
])('bytes with %s are no batch', (_what, damage) => {
  const message = {
    id: nextId(),
    timestamp: 1,
    attempts: 1,
    contentType: 'text',
    bytes: Buffer.from('hello'),
  } as const;
  const whole = encodeBatch({ queue: 'JOBS', messages: [message] });
  expect(readBatch(Uint8Array.from(damage([...whole])))).toBeNull();
});

test('a batch without messages, with too many, or for a queue without a name is not written', () => {
  const message = {
    id: nextId(),
    timestamp: 1,
    attempts: 1,
    contentType: 'text',
    bytes: Buffer.from('hello'),
  } as const;
  expect(() => encodeBatch({ queue: 'JOBS', messages: [] })).toThrow('0 messages in a batch: it must be 1 to 100');
  expect(() => encodeBatch({ queue: 'JOBS', messages: new Array(101).fill(message) })).toThrow('101 messages');
  expect(() => encodeBatch({ queue: '', messages: [message] })).toThrow('0 characters in the name of a queue');
});

test('attempts beyond what the batch can say are the most it can say', () => {
  const message = {
    id: nextId(),
    timestamp: 1,
    attempts: 70_000,
    contentType: 'text',
    bytes: new Uint8Array(),
  } as const;
  expect(readBatch(encodeBatch({ queue: 'JOBS', messages: [message] }))?.messages[0]?.attempts).toBe(65_535);
});
