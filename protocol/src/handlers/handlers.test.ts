import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { decodeReport, encodeReport, type HandlerReport, NOTHING_REPORTED, settleBatch } from './report.ts';
import { decodeScheduledCall, encodeScheduledCall } from './scheduled.ts';

const TICK = { scheduledTime: 1_790_000_000_000, cron: '30 2 * * *', name: 'nightly', attempt: 2 };

test('a schedule call says which tick of which schedule it is, and the attempt', () => {
  expect(decodeScheduledCall(encodeScheduledCall(TICK))).toEqual(TICK);
});

test.each([
  ['no JSON', 'tick'],
  ['another version', JSON.stringify({ v: 2, ...TICK })],
  ['an unknown key', JSON.stringify({ v: 1, ...TICK, more: 1 })],
  ['a time that is no number', JSON.stringify({ v: 1, ...TICK, scheduledTime: '2026-10-25' })],
  ['a name that is none', JSON.stringify({ v: 1, ...TICK, name: 'a b' })],
])('the body of a schedule call with %s is refused', (_what, body) => {
  expect(() => decodeScheduledCall(Buffer.from(body))).toThrow(ProtocolError);
});

const report = (parts: Partial<HandlerReport>): HandlerReport => ({ ...NOTHING_REPORTED, ...parts });
const ACK = { type: 'ack' } as const;
const retry = (delaySeconds: number | null) => ({ type: 'retry', delaySeconds }) as const;

test('a message without a decision is acknowledged when the handler resolved, and tried again when it did not', () => {
  const decided = report({ acked: [0], retried: [{ position: 2, delaySeconds: 30 }] });
  expect(settleBatch(4, decided, true)).toEqual([ACK, ACK, retry(30), ACK]);
  expect(settleBatch(4, decided, false)).toEqual([ACK, retry(null), retry(30), retry(null)]);
  expect(settleBatch(2, NOTHING_REPORTED, true)).toEqual([ACK, ACK]);
});

test.each([
  ['about a message that is not in the batch', report({ acked: [3] })],
  ['twice about a message', report({ acked: [1, 1] })],
  ['both ways about a message', report({ acked: [1], retried: [{ position: 1, delaySeconds: null }] })],
])('a report that decides %s is refused', (_what, hostile) => {
  expect(() => settleBatch(3, hostile, true)).toThrow(ProtocolError);
});

test('a report arrives as it was sent', () => {
  const sent = report({ acked: [5], retried: [{ position: 0, delaySeconds: 0 }], isFinal: true });
  expect(decodeReport(encodeReport(sent))).toEqual(sent);
});

test.each([
  ['no JSON', 'ok'],
  ['null', 'null'],
  ['another version', JSON.stringify(report({ v: 2 as never }))],
  ['an unknown key', JSON.stringify({ ...NOTHING_REPORTED, more: [] })],
  ['a position that is too large', JSON.stringify(report({ acked: [100] }))],
  ['a position that is no whole number', JSON.stringify(report({ acked: [0.5] }))],
  ['a negative delay', JSON.stringify(report({ retried: [{ position: 0, delaySeconds: -1 }] }))],
  ['a delay of more than 30 days', JSON.stringify(report({ retried: [{ position: 0, delaySeconds: 2_592_001 }] }))],
  ['more decisions than a batch has messages', JSON.stringify(report({ acked: new Array<number>(101).fill(0) }))],
])('a report with %s is refused', (_what, body) => {
  expect(() => decodeReport(Buffer.from(body))).toThrow(ProtocolError);
});

test('no bytes make the decoders throw anything but a ProtocolError', () => {
  const texts = [encodeScheduledCall(TICK), encodeReport(report({ acked: [1, 2] }))];
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(), fc.nat(255), fc.nat(), (text, at, value, length) => {
      const damaged = Buffer.from(text.subarray(0, length % (text.length + 1)));
      if (damaged.length > 0) damaged[at % damaged.length] = value;
      for (const decode of [decodeScheduledCall, decodeReport]) {
        try {
          decode(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
