/**
 * What is stated about a call, as the bytes that batches hold and that leaves are hashes of (docs/receipts.md says them too):
 *
 *   flags (1 byte: FLAGS)   trigger (1: place in TRIGGERS)   outcome (1: its code)   invocation (16)
 *   begin, in milliseconds since 1970   duration, in microseconds   [status]   [event, behind its length]   [attempt]
 *   node:     CPU time, in microseconds   requests to the outside   those that are listed: canonical JSON, nothing for none
 *   gateway:  size of the input [its SHA-256, 32 bytes, if there is any]
 *             [size of the output [its SHA-256, if there is any]]   [node and cell that answered, each behind its length]
 *
 * Numbers without a size are varints. What is in brackets is there if its flag says so. There are no two records of one call's values.
 */
import { type Trigger, TRIGGERS } from '../call.ts';
import { ProtocolError } from '../errors.ts';
import { BATCH_MESSAGES } from '../handlers/batch.ts';
import { INVOCATION_BYTES } from '../invocation-id.ts';
import { type Outcome, outcomeOfCode, outcomeRule } from '../outcome.ts';
import { canonicalJson } from '../trust/canonical-json.ts';
import { type CallEgress, NO_EGRESS } from './call-egress.ts';
import { decodeHash, encodeHash, type NodeHash } from './merkle.ts';
import {
  EMPTY_SHA256,
  EVENTS,
  type GatewayCall,
  gatewayCallSchema,
  type NodeCall,
  nodeCallSchema,
  timeText,
} from './receipt.ts';
import { StatementReader, StatementWriter } from './statement-bytes.ts';

const FLAGS = { event: 1, attempt: 2, status: 4, output: 8, runner: 16 } as const;
const FLAGS_OF_NODE = FLAGS.event | FLAGS.attempt | FLAGS.status;
const FLAGS_OF_GATEWAY = FLAGS_OF_NODE | FLAGS.output | FLAGS.runner;
const NOTHING = Buffer.alloc(0);
/** Of a request or a response without a body. */
export const EMPTY_HASH: NodeHash = decodeHash(EMPTY_SHA256);

interface CommonValues {
  readonly invocation: string;
  readonly trigger: Trigger;
  readonly event: string | null;
  readonly attempt: number | null;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly wallUs: number;
  readonly outcome: Outcome;
  readonly status: number | null;
}

export interface CellValues extends CommonValues {
  readonly cpuUs: number;
}

export interface GatewayValues extends CommonValues {
  readonly inputBytes: number;
  readonly inputHash: NodeHash;
  readonly outputBytes: number;
  /** Null: there is no whole response. */
  readonly outputHash: NodeHash | null;
  /** Both or none. */
  readonly node: string | null;
  readonly cell: string | null;
}

/** What a cell states of a call: the node's record without what was asked of the outside. NOTE: on the path of every call. */
export function writeCellRecord(writer: StatementWriter, values: CellValues): void {
  writeCommon(writer, values, 0);
  writer.varint(values.cpuUs);
}

/** NOTE: on the path of every call. */
export function writeGatewayRecord(writer: StatementWriter, values: GatewayValues): void {
  const { inputBytes, inputHash, outputBytes, outputHash, node, cell } = values;
  writeCommon(writer, values, (outputHash === null ? 0 : FLAGS.output) | (node === null ? 0 : FLAGS.runner));
  writeBody(writer, inputBytes, inputHash);
  if (outputHash !== null) writeBody(writer, outputBytes, outputHash);
  if (node === null) return;
  writer.text(node);
  writer.text(cell!);
}

/** What the node appends to its cell's record. */
export function egressBytes({ requests, listed }: CallEgress): Uint8Array {
  const writer = new StatementWriter();
  writer.varint(requests);
  writer.add(listed.length === 0 ? NOTHING : Buffer.from(canonicalJson(listed)));
  return writer.bytes.subarray(0, writer.end);
}

export const NO_EGRESS_BYTES = egressBytes(NO_EGRESS);

export function nodeRecord({ startedAt, ...call }: NodeCall): Uint8Array {
  const writer = new StatementWriter();
  writeCellRecord(writer, { ...call, startedAtMs: Date.parse(startedAt) });
  writer.add(egressBytes(call.egress));
  return writer.bytes.subarray(0, writer.end);
}

export function gatewayRecord({ startedAt, input, output, ...call }: GatewayCall): Uint8Array {
  const writer = new StatementWriter();
  writeGatewayRecord(writer, {
    ...call,
    startedAtMs: Date.parse(startedAt),
    inputBytes: input.bytes,
    inputHash: decodeHash(input.sha256),
    outputBytes: output?.bytes ?? 0,
    outputHash: output === null ? null : decodeHash(output.sha256),
  });
  return writer.bytes.subarray(0, writer.end);
}

/** Throws RangeError or ZodError for what is none. */
export function parseNodeRecord(record: Buffer): NodeCall {
  const reader = new StatementReader(record);
  const common = readCommon(reader, FLAGS_OF_NODE);
  const [cpuUs, requests] = [reader.varint(), reader.varint()];
  const listed: unknown = reader.isAtEnd ? [] : JSON.parse(reader.rest().toString('utf8'));
  return nodeCallSchema.parse({ ...common.values, cpuUs, egress: { requests, listed } });
}

/** Throws RangeError or ZodError for what is none. */
export function parseGatewayRecord(record: Buffer): GatewayCall {
  const reader = new StatementReader(record);
  const { flags, values } = readCommon(reader, FLAGS_OF_GATEWAY);
  const input = readBody(reader);
  const output = (flags & FLAGS.output) === 0 ? null : readBody(reader);
  const hasRunner = (flags & FLAGS.runner) !== 0;
  const [node, cell] = hasRunner ? [reader.text(), reader.text()] : [null, null];
  if (!reader.isAtEnd) throw new RangeError('there is something behind a statement about a call');
  return gatewayCallSchema.parse({ ...values, input, output, node, cell });
}

/** Throws RangeError for what is none. */
export function invocationOfRecord(record: Buffer, begin = 0): string {
  return new StatementReader(record, begin + INVOCATION_AT).invocation();
}

const INVOCATION_AT = 3;
/** The last millisecond of the year 9999: later ones are no date of RFC 3339. */
const LATEST_MS = 253_402_300_799_999;
const MOST_ATTEMPTS = 999_999_999;
/** Each is 26 characters, and a comma between two. */
const MOST_EVENTS_CHARACTERS = 27 * BATCH_MESSAGES - 1;

/** Of a cell's record that begins at `at`. Hostile: the cell. Throws ProtocolError. NOTE: on the path of every call. */
export function endOfCellRecord(records: Buffer, at: number): number {
  const reader = new StatementReader(records, at);
  if (isCellRecord(reader)) return reader.at;
  throw new ProtocolError('a cell sent a statement about a call that is not of the agreed form');
}

function isCellRecord(reader: StatementReader): boolean {
  try {
    const [flags, trigger, outcome] = [reader.byte(), reader.byte(), reader.byte()];
    if ((flags & ~FLAGS_OF_NODE) !== 0 || trigger >= TRIGGERS.length || outcomeOfCode(outcome) === null) return false;
    reader.skip(INVOCATION_BYTES);
    if (reader.varint() > LATEST_MS) return false;
    reader.varint();
    if ((flags & FLAGS.status) !== 0 && !isBetween(reader.varint(), 100, 999)) return false;
    const hasEvent = (flags & FLAGS.event) !== 0;
    if (hasEvent && !EVENTS.test(reader.text(MOST_EVENTS_CHARACTERS))) return false;
    const hasAttempt = (flags & FLAGS.attempt) !== 0;
    if (hasAttempt && (!hasEvent || !isBetween(reader.varint(), 1, MOST_ATTEMPTS))) return false;
    reader.varint();
    return true;
  } catch {
    return false;
  }
}

function writeCommon(writer: StatementWriter, values: CommonValues, furtherFlags: number): void {
  const { invocation, trigger, event, attempt, startedAtMs, wallUs, outcome, status } = values;
  const ofEvent = (event === null ? 0 : FLAGS.event) | (attempt === null ? 0 : FLAGS.attempt);
  writer.byte(ofEvent | (status === null ? 0 : FLAGS.status) | furtherFlags);
  writer.byte(TRIGGERS.indexOf(trigger));
  writer.byte(outcomeRule(outcome).code);
  writer.invocation(invocation);
  writer.varint(startedAtMs);
  writer.varint(wallUs);
  if (status !== null) writer.varint(status);
  if (event !== null) writer.text(event);
  if (attempt !== null) writer.varint(attempt);
}

function readCommon(reader: StatementReader, known: number) {
  const flags = reader.byte();
  if ((flags & ~known) !== 0) throw new RangeError(`a statement about a call has unknown flags (${flags})`);
  const [trigger, outcome] = [TRIGGERS[reader.byte()], outcomeOfCode(reader.byte())];
  const values = {
    ...{ trigger, outcome, invocation: reader.invocation() },
    startedAt: timeText(reader.varint()),
    wallUs: reader.varint(),
    status: (flags & FLAGS.status) === 0 ? null : reader.varint(),
    event: (flags & FLAGS.event) === 0 ? null : reader.text(),
    attempt: (flags & FLAGS.attempt) === 0 ? null : reader.varint(),
  };
  return { flags, values };
}

function writeBody(writer: StatementWriter, bytes: number, hash: NodeHash): void {
  writer.varint(bytes);
  if (bytes > 0) writer.hash(hash);
}

function readBody(reader: StatementReader): { readonly bytes: number; readonly sha256: string } {
  const bytes = reader.varint();
  return { bytes, sha256: bytes === 0 ? EMPTY_SHA256 : encodeHash(reader.hash()) };
}

function isBetween(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}
