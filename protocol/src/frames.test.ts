import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from './errors.ts';
import {
  type CellFrame,
  decodeCellFrame,
  decodeGatewayFrame,
  decodeWho,
  encodeAnswer,
  encodeCancel,
  encodeChunk,
  encodeCredit,
  encodeEnd,
  encodeFailure,
  encodeRefusal,
  encodeTaken,
  encodeWho,
} from './frames.ts';
import type { HandlerReport } from './handlers/report.ts';
import { packHeaders } from './headers.ts';

const runner = { node: 'node-1', cell: 'c1' };
const usage = { cpuUs: 1_234, wallUs: 5_678 };
const detail = {
  message: 'The function used 210 ms of CPU; its limit cpuMs is 200.',
  limit: 'cpuMs',
  limitValue: 200,
  measured: 210,
  errorName: null,
  stack: null,
};

const report: HandlerReport = { v: 1, isFinal: false, acked: [0, 2], retried: [{ position: 1, delaySeconds: null }] };

const FRAMES: [string, Buffer, CellFrame][] = [
  [
    'answer',
    encodeAnswer({
      ...runner,
      ...usage,
      status: 201,
      headers: packHeaders(['content-type', 'text/plain', 'set-cookie', 'a=1', 'set-cookie', 'b=2']),
      body: Buffer.from('bonjour'),
      complete: true,
      cold: true,
    }),
    {
      kind: 'answer',
      ...runner,
      ...usage,
      status: 201,
      headers: 'content-type\ntext/plain\nset-cookie\na=1\nset-cookie\nb=2\n',
      body: Buffer.from('bonjour'),
      complete: true,
      cold: true,
    },
  ],
  ['chunk', encodeChunk(3, Buffer.from('piece')), { kind: 'chunk', sequence: 3, bytes: Buffer.from('piece') }],
  ['end', encodeEnd({ ...usage, outcome: 'ok', chunks: 4 }), { kind: 'end', ...usage, outcome: 'ok', chunks: 4 }],
  ['taken', encodeTaken(runner), { kind: 'taken', ...runner }],
  [
    'refusal',
    encodeRefusal({ ...runner, outcome: 'not-started' }),
    { kind: 'refusal', ...runner, outcome: 'not-started' },
  ],
  [
    'failure',
    encodeFailure({ ...runner, ...usage, outcome: 'exceeded-cpu', detail, report: null }),
    { kind: 'failure', ...runner, ...usage, outcome: 'exceeded-cpu', detail, report: null },
  ],
  [
    'failure of a queue handler',
    encodeFailure({ ...runner, ...usage, outcome: 'exception', detail, report }),
    { kind: 'failure', ...runner, ...usage, outcome: 'exception', detail, report },
  ],
  ['credit', encodeCredit({ ...runner, chunks: 16 }), { kind: 'credit', ...runner, chunks: 16 }],
];

test.each(FRAMES)('a frame of kind "%s" arrives as it was sent', (_kind, message, frame) => {
  expect(decodeCellFrame(message)).toEqual(frame);
});

test.each(FRAMES)('a damaged frame of kind "%s" throws a ProtocolError or nothing', (_kind, message) => {
  fc.assert(
    fc.property(fc.nat(message.length - 1), fc.nat(255), fc.nat(message.length), (at, value, length) => {
      const damaged = Buffer.from(message.subarray(0, length));
      if (at < damaged.length) damaged[at] = value;
      try {
        decodeCellFrame(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 500 },
  );
});

test('a gateway cannot be mistaken for a cell: it sends chunks, ends, credits and cancels only', () => {
  expect(decodeGatewayFrame(encodeCancel())).toEqual({ kind: 'cancel' });
  expect(() => decodeGatewayFrame(encodeTaken(runner))).toThrow('a gateway sent a frame of the unknown kind 4');
});

test('a question names the call, and may ask to cancel it', () => {
  expect(decodeWho(encodeWho({ callKey: 'gw-1.1z', cancel: true }))).toEqual({
    kind: 'who',
    callKey: 'gw-1.1z',
    cancel: true,
  });
});

test('a frame of another protocol version is refused by its number', () => {
  const message = encodeTaken(runner);
  message[0] = 2;
  expect(() => decodeCellFrame(message)).toThrow('a frame has protocol version 2; this side speaks 1');
});

test('a failure whose detail has unknown fields is refused', () => {
  const wrong = { ...detail, secret: 'x' };
  const message = encodeFailure({ ...runner, ...usage, outcome: 'exception', detail: wrong, report: null });
  expect(() => decodeCellFrame(message)).toThrow('the detail of a failure does not have the agreed form');
});
