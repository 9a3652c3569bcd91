import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TRIGGERS } from '../call.ts';
import { BATCH_MESSAGES } from '../handlers/batch.ts';
import { type Outcome, OUTCOMES } from '../outcome.ts';
import {
  endOfCellRecord,
  gatewayRecord,
  invocationOfRecord,
  nodeRecord,
  NO_EGRESS_BYTES,
  parseGatewayRecord,
  parseNodeRecord,
  writeCellRecord,
} from './call-record.ts';
import type { ListedRequest } from './call-egress.ts';
import { encodeHash, hashLeaf } from './merkle.ts';
import { EMPTY_SHA256, type GatewayCall, type NodeCall } from './receipt.ts';
import { StatementReader, StatementWriter, writeVarint } from './statement-bytes.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const ids = fc
  .tuple(fc.constantFrom(...'01234567'), fc.array(fc.constantFrom(...ALPHABET), { minLength: 25, maxLength: 25 }))
  .map(([first, rest]) => first + rest.join(''));
const counts = fc.oneof(fc.nat(300), fc.maxSafeInteger().map(Math.abs));
const events = fc.oneof(
  fc.constant({ event: null, attempt: null }),
  fc.record({
    event: fc.array(ids, { minLength: 1, maxLength: 3 }).map((each) => each.join(',')),
    attempt: fc.option(fc.integer({ min: 1, max: 1_000 })),
  }),
);
const facts = {
  invocation: ids,
  trigger: fc.constantFrom(...TRIGGERS),
  startedAt: fc.nat(2 ** 31).map((ms) => new Date(1_000 * ms).toISOString()),
  wallUs: counts,
  outcome: fc.constantFrom(...(Object.keys(OUTCOMES) as Outcome[])),
  status: fc.option(fc.integer({ min: 100, max: 999 })),
};
const bodies = fc
  .tuple(fc.nat(1_000), fc.nat())
  .map(([bytes, seed]) => ({ bytes, sha256: bytes === 0 ? EMPTY_SHA256 : encodeHash(hashLeaf(String(seed))) }));
const runners = fc.constantFrom({ node: null, cell: null }, { node: 'node-1', cell: 'node-1-c12' });
const LISTED: ListedRequest = {
  ...{ time: '2026-11-20T10:00:00.005Z', method: 'GET', origin: 'https://api.example', address: '192.0.2.1' },
  ...{ country: 'FR', outcome: 'answered', status: 200, sentBytes: 0, receivedBytes: 3 },
};
const egress = fc.constantFrom(
  { requests: 0, listed: [] },
  { requests: 3, listed: [] },
  { requests: 200, listed: [LISTED] },
);

const gatewayCalls = fc
  .tuple(fc.record({ ...facts, input: bodies, output: fc.option(bodies) }), events, runners)
  .map(([call, event, runner]): GatewayCall => ({ ...call, ...event, ...runner }));
const nodeCalls = fc.tuple(fc.record({ ...facts, cpuUs: counts, egress }), events).map(([call, event]): NodeCall => ({
  ...call,
  ...event,
  egress: { ...call.egress, listed: [...call.egress.listed] },
}));

test('what a gateway and a node state of a call is read back from its record', () => {
  fc.assert(
    fc.property(gatewayCalls, nodeCalls, (ofGateway, ofNode) => {
      expect(parseGatewayRecord(bytesOf(gatewayRecord(ofGateway)))).toEqual(ofGateway);
      expect(parseNodeRecord(bytesOf(nodeRecord(ofNode)))).toEqual(ofNode);
      expect(invocationOfRecord(bytesOf(nodeRecord(ofNode)))).toBe(ofNode.invocation);
    }),
  );
});

test('no other bytes say the same about a call', () => {
  fc.assert(
    fc.property(gatewayCalls, fc.nat(), fc.integer({ min: 1, max: 255 }), (call, place, change) => {
      const record = bytesOf(gatewayRecord(call));
      record[place % record.length]! ^= change;
      const read = gatewayCallOrNull(record);
      if (read !== null) expect(bytesOf(gatewayRecord(read))).toEqual(record);
    }),
  );
});

function gatewayCallOrNull(record: Buffer): GatewayCall | null {
  try {
    return parseGatewayRecord(record);
  } catch {
    return null;
  }
}

test('records of a cell, one behind the other, are told apart', () => {
  fc.assert(
    fc.property(fc.array(nodeCalls, { minLength: 1, maxLength: 5 }), (calls) => {
      const writer = new StatementWriter();
      for (const call of calls) writeCellRecord(writer, { ...call, startedAtMs: Date.parse(call.startedAt) });
      const records = writer.bytes.subarray(0, writer.end);
      let at = 0;
      for (const call of calls) {
        const end = endOfCellRecord(records, at);
        const record = Buffer.concat([records.subarray(at, end), NO_EGRESS_BYTES]);
        expect(parseNodeRecord(record)).toEqual({ ...call, egress: { requests: 0, listed: [] } });
        at = end;
      }
      expect(at).toBe(records.length);
    }),
  );
});

test('bytes that a cell made up are refused, or are a record that can be read', () => {
  const [call] = fc.sample(nodeCalls, 1);
  const writer = new StatementWriter();
  writeCellRecord(writer, { ...call!, startedAtMs: Date.parse(call!.startedAt) });
  const whole = writer.bytes.subarray(0, writer.end);
  const check = (bytes: Buffer): void => {
    const end = endOrNull(bytes);
    if (end === null) return;
    const record = Buffer.concat([bytes.subarray(0, end), NO_EGRESS_BYTES]);
    expect(bytesOf(nodeRecord(parseNodeRecord(record)))).toEqual(record);
  };
  for (let size = 0; size < whole.length; size++) check(whole.subarray(0, size));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, byte] of changes) bytes[at] = byte;
        check(bytes);
      },
    ),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      check(Buffer.from(bytes));
    }),
  );
});

function endOrNull(bytes: Buffer): number | null {
  try {
    return endOfCellRecord(bytes, 0);
  } catch (error) {
    expect(error).toMatchObject({ name: 'ProtocolError' });
    return null;
  }
}

test('a cell names no more events than a batch has messages', () => {
  const recordOf = (events: number): Buffer => {
    const event = Array(events).fill('0'.repeat(26)).join(',');
    const writer = new StatementWriter();
    writeCellRecord(writer, {
      ...{ invocation: '0'.repeat(26), trigger: 'queue', event, attempt: 1, startedAtMs: 0 },
      ...{ wallUs: 0, cpuUs: 0, outcome: 'ok', status: null },
    });
    return writer.bytes.subarray(0, writer.end);
  };
  expect(endOrNull(recordOf(BATCH_MESSAGES))).toBe(recordOf(BATCH_MESSAGES).length);
  expect(endOrNull(recordOf(BATCH_MESSAGES + 1))).toBeNull();
});

test('a number below zero has no form', () => {
  expect(() => writeVarint(-1, Buffer.alloc(8), 0)).toThrow('below zero (-1)');
});

test('a number has one form', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger().map(Math.abs), (value) => {
      const bytes = Buffer.alloc(8);
      const end = writeVarint(value, bytes, 0);
      const reader = new StatementReader(bytes.subarray(0, end));
      expect([reader.varint(), reader.isAtEnd]).toEqual([value, true]);
    }),
  );
  for (const longer of [
    [0x80, 0],
    [0x81, 0x80, 0],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    Array(9).fill(0x80),
  ]) {
    expect(() => new StatementReader(Buffer.from(longer as number[])).varint()).toThrow('shortest form');
  }
});

const bytesOf = (record: Uint8Array): Buffer => Buffer.from(record);
