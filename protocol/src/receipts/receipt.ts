/**
 * A receipt: what the node that ran a call and the gateway that sent it state about it, each with a signature of its own.
 *
 * Each half is a `call` (what happened) within a `context` (whose code, where). The leaf of a call is a hash of the context's digest
 * and of the call's record (`call-record.ts`); the leaves of one batch form a tree (`wide-tree.ts`), whose root the component signs.
 * Batches of version 1 had lines of text and a tree of pairs (`version-1.ts`).
 */
import { z } from 'zod';
import { isInvocationId } from '../invocation-id.ts';
import { nameSchema, versionIdSchema } from '../names.ts';
import { type Outcome, OUTCOMES } from '../outcome.ts';
import { TRIGGERS } from '../call.ts';
import { signedLabelsSchema } from '../trust/labels.ts';
import { base64url32Schema, detachedJwsSchema } from '../trust/signing.ts';
import { callEgressSchema } from './call-egress.ts';
import { PROTOCOL_VERSION } from '../version.ts';

const version1 = z.literal(PROTOCOL_VERSION);
/** Of the batches that are made now. */
export const BATCH_VERSION = 2;
/** Hashes beside the way from a leaf to the root: fifteen on each of eight levels. */
const MOST_SIBLINGS = 120;
const count = z.int().min(0);
/** Milliseconds since 1970, as a date that is written in one way only. */
const timeSchema = z.iso.datetime().refine((text) => isExactTime(text), 'must be UTC with milliseconds');
const invocationSchema = z.string().refine(isInvocationId, 'must be an invocation id');
const outcomeSchema = z.enum(Object.keys(OUTCOMES) as [Outcome, ...Outcome[]]);
/** Ids of the event, or of the events of a batch. */
export const EVENTS = /^[0-9a-z]{26}(?:,[0-9a-z]{26})*$/;
const eventsSchema = z.string().regex(EVENTS);

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
  /** What leaves and tree are. */
  v: z.literal([1, BATCH_VERSION]),
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
  path: z.array(base64url32Schema).max(MOST_SIBLINGS),
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

function isExactTime(text: string): boolean {
  const ms = Date.parse(text);
  return Number.isFinite(ms) && new Date(ms).toISOString() === text;
}

/** Throws ZodError for what is no time. */
export function timeText(ms: unknown): string {
  return new Date(z.int().min(0).max(8.64e15).parse(ms)).toISOString();
}
