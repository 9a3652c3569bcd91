/**
 * A receipt: what the node that ran a call and the gateway that sent it state about it, each with a signature of its own.
 *
 * Each half is a `call` (what happened) within a `context` (whose code, where). The leaf of a call is the JSON array of the
 * context's digest and the call's values, in the order of `nodeLine` and `gatewayLine`; the leaves of one batch form a Merkle
 * tree, whose root the component signs.
 */
import { z } from 'zod';
import { isInvocationId } from '../invocation-id.ts';
import { nameSchema, versionIdSchema } from '../names.ts';
import { type Outcome, OUTCOMES } from '../outcome.ts';
import { type Trigger, TRIGGERS } from '../call.ts';
import { signedLabelsSchema } from '../trust/labels.ts';
import { base64url32Schema, detachedJwsSchema } from '../trust/signing.ts';
import type { LeafLine } from './batch-root.ts';
import { type CallEgress, callEgressSchema, egressValues } from './call-egress.ts';
import { PROTOCOL_VERSION } from '../version.ts';

const version1 = z.literal(PROTOCOL_VERSION);
const count = z.int().min(0);
/** Milliseconds since 1970, as a date that is written in one way only. */
const timeSchema = z.iso.datetime().refine((text) => isExactTime(text), 'must be UTC with milliseconds');
const invocationSchema = z.string().refine(isInvocationId, 'must be an invocation id');
const outcomeSchema = z.enum(Object.keys(OUTCOMES) as [Outcome, ...Outcome[]]);
const eventsSchema = z.string().regex(/^[0-9a-z]{26}(?:,[0-9a-z]{26})*$/);

const scope = { zone: nameSchema, tenant: nameSchema, function: nameSchema, version: versionIdSchema };

export const nodeContextSchema = z.strictObject({
  role: z.literal('node'),
  node: nameSchema,
  cell: nameSchema,
  ...scope,
  /** Version of sovfn, of Node and of V8. */
  runtime: z.string().regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,200}$/),
  labelsSha256: base64url32Schema,
  /** Id of the developer's key that signed the version; left out: none did. */
  signer: base64url32Schema.exactOptional(),
});
export type NodeContext = z.output<typeof nodeContextSchema>;

export const gatewayContextSchema = z.strictObject({
  role: z.literal('gateway'),
  gateway: nameSchema,
  ...scope,
  labelsSha256: base64url32Schema,
});
export type GatewayContext = z.output<typeof gatewayContextSchema>;

const facts = {
  invocation: invocationSchema,
  trigger: z.enum(TRIGGERS),
  /** The event that the call is an attempt of; several, for a batch of messages. */
  event: eventsSchema.nullable(),
  attempt: z.int().min(1).nullable(),
  startedAt: timeSchema,
  wallUs: count,
  outcome: outcomeSchema,
  /** Of the response. */
  status: z.int().min(0).max(65_535).nullable(),
};

/** `egress`: what the call asked of the outside. */
export const nodeCallSchema = z.strictObject({ ...facts, cpuUs: count, egress: callEgressSchema });
export type NodeCall = z.output<typeof nodeCallSchema>;

export const bodyDigestSchema = z.strictObject({ bytes: count, sha256: base64url32Schema });

export const gatewayCallSchema = z.strictObject({
  ...facts,
  /** The request's body. */
  input: bodyDigestSchema,
  /** The response's body; null when there was no whole one. */
  output: bodyDigestSchema.nullable(),
  /** Who answered. */
  node: nameSchema.nullable(),
  cell: nameSchema.nullable(),
});
export type GatewayCall = z.output<typeof gatewayCallSchema>;

/** What is signed: the root of the leaves of one batch. */
export const receiptBatchSchema = z.strictObject({
  v: version1,
  role: z.enum(['node', 'gateway']),
  /** Name of the component. */
  signer: nameSchema,
  /** Counts from 1 since the component was started. */
  number: z.int().min(1),
  /** Root of the batch before; null for the first one. */
  previous: base64url32Schema.nullable(),
  size: z.int().min(1),
  root: base64url32Schema,
  sealedAt: timeSchema,
});
export type ReceiptBatch = z.output<typeof receiptBatchSchema>;

const proof = {
  index: count,
  path: z.array(base64url32Schema).max(31),
  batch: receiptBatchSchema,
  signature: detachedJwsSchema,
  labels: signedLabelsSchema,
};

export const nodeHalfSchema = z.strictObject({ context: nodeContextSchema, call: nodeCallSchema, ...proof });
export type NodeHalf = z.output<typeof nodeHalfSchema>;
export const gatewayHalfSchema = z.strictObject({ context: gatewayContextSchema, call: gatewayCallSchema, ...proof });
export type GatewayHalf = z.output<typeof gatewayHalfSchema>;

export const receiptSchema = z.strictObject({
  v: version1,
  type: z.literal('sovfn-receipt'),
  gateway: gatewayHalfSchema,
  /** Null: no node has signed anything about the call. */
  node: nodeHalfSchema.nullable(),
});
export type Receipt = z.output<typeof receiptSchema>;

/** SHA-256 of nothing: that of an empty body. */
export const EMPTY_SHA256 = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';

/** What a cell states of a call. NOTE: on the hot path. Every text is a name, an id or a digest, which JSON writes as it is. */
export function cellLine(call: CellValues): string {
  return `${commonLine(call)},${call.cpuUs}`;
}

/** What the node's leaf says: its cell's line, and what the node itself knows. */
export const nodeLineOf = (ofCell: string, egress: CallEgress): LeafLine => `${ofCell},${egressValues(egress)}`;

export const nodeLine = (call: NodeValues): LeafLine => nodeLineOf(cellLine(call), call.egress);

export function gatewayLine(call: GatewayValues): LeafLine {
  const output = call.outputSha256 === null ? 'null,null' : `${call.outputBytes},"${call.outputSha256}"`;
  const runner = call.node === null ? 'null,null' : `"${call.node}","${call.cell!}"`;
  return `${commonLine(call)},${call.inputBytes},"${call.inputSha256}",${output},${runner}`;
}

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

export interface NodeValues extends CellValues {
  readonly egress: CallEgress;
}

export interface GatewayValues extends CommonValues {
  readonly inputBytes: number;
  readonly inputSha256: string;
  readonly outputBytes: number;
  readonly outputSha256: string | null;
  /** Both or none. */
  readonly node: string | null;
  readonly cell: string | null;
}

function commonLine({
  invocation,
  trigger,
  event,
  attempt,
  startedAtMs,
  wallUs,
  outcome,
  status,
}: CommonValues): string {
  const events = event === null ? 'null,null' : `"${event}",${attempt}`;
  return `"${invocation}","${trigger}",${events},${startedAtMs},${wallUs},"${outcome}",${status}`;
}

export function nodeValues({ startedAt, ...call }: NodeCall): NodeValues {
  return { ...call, startedAtMs: Date.parse(startedAt) };
}

export function gatewayValues({ startedAt, input, output, ...call }: GatewayCall): GatewayValues {
  return {
    ...call,
    startedAtMs: Date.parse(startedAt),
    inputBytes: input.bytes,
    inputSha256: input.sha256,
    outputBytes: output?.bytes ?? 0,
    outputSha256: output?.sha256 ?? null,
  };
}

/** Reads a line back. Throws ZodError for what is none. */
export function parseNodeLine(line: LeafLine): NodeCall {
  const [invocation, trigger, event, attempt, startedAtMs, wallUs, outcome, status, ...rest] = parseLine(line);
  const [cpuUs, requests, listed, ...more] = rest;
  const common = { invocation, trigger, event, attempt, startedAt: timeText(startedAtMs), wallUs, outcome, status };
  const values = { ...common, cpuUs, egress: { requests, listed } };
  return nodeCallSchema.parse(more.length === 0 ? values : null);
}

export function parseGatewayLine(line: LeafLine): GatewayCall {
  const [invocation, trigger, event, attempt, startedAtMs, wallUs, outcome, status, ...rest] = parseLine(line);
  const [inputBytes, inputSha256, outputBytes, outputSha256, node, cell, ...more] = rest;
  const common = { invocation, trigger, event, attempt, startedAt: timeText(startedAtMs), wallUs, outcome, status };
  const input = { bytes: inputBytes, sha256: inputSha256 };
  const output = outputSha256 === null ? null : { bytes: outputBytes, sha256: outputSha256 };
  return gatewayCallSchema.parse(more.length === 0 ? { ...common, input, output, node, cell } : null);
}

function parseLine(line: LeafLine): unknown[] {
  return z.array(z.unknown()).parse(JSON.parse(`[${line}]`));
}

function isExactTime(text: string): boolean {
  const ms = Date.parse(text);
  return Number.isFinite(ms) && new Date(ms).toISOString() === text;
}

function timeText(ms: unknown): string {
  return new Date(z.int().min(0).max(8.64e15).parse(ms)).toISOString();
}
