/**
 * The ledger of egress: what functions asked of the outside, one entry for each request that was sent or refused, a
 * redirect included. Nodes write it in batches; nothing of bodies, headers, paths or queries is in it.
 */
import { z } from 'zod';
import { isName, nameSchema, versionIdSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';

/**
 * `answered`: a response began. `refused`: a rule stood against it, nothing was sent. `failed`: allowed, and no response
 * came. `cut`: the response broke off, or the function left before its end.
 */
export const EGRESS_OUTCOMES = ['answered', 'refused', 'failed', 'cut'] as const;
export type EgressOutcome = (typeof EGRESS_OUTCOMES)[number];

const REASON_LENGTH = 512;

export const egressEntrySchema = z.strictObject({
  /** When it began. */
  time: z.iso.datetime(),
  /** Of the call that asked, by its cell's word; null when it named none. */
  invocation: z.string().max(64).nullable(),
  method: z.string().max(32),
  /** Scheme, host and port. */
  origin: z.string().max(1_024),
  /** Address of the server; null when there was no connection. */
  address: z.string().max(64).nullable(),
  /** Country of the address by the node's database (ISO 3166-1); null without one, or when it does not know. */
  country: z.string().max(2).nullable(),
  outcome: z.enum(EGRESS_OUTCOMES),
  /** Of the response. */
  status: z.int().nullable(),
  /** Of the body, as it was sent. */
  sentBytes: z.int().min(0),
  /** Of the response's body, as it came from the network. */
  receivedBytes: z.int().min(0),
  wallMs: z.int().min(0),
  /** Why it was refused or failed. */
  reason: z.string().max(REASON_LENGTH).nullable(),
});
export type EgressEntry = z.output<typeof egressEntrySchema>;

/** One message on `egressSubject`: entries of one version, as one node saw them end, oldest first. */
export const egressBatchSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  function: nameSchema,
  version: versionIdSchema,
  node: nameSchema,
  entries: z.array(egressEntrySchema),
  /** Entries before these that could not be kept. */
  lost: z.int().min(0),
});
export type EgressBatch = z.output<typeof egressBatchSchema>;

/** How long the ledger is kept. */
export const EGRESS_DAYS = 400;

/** One line of the ledger, as readers get it. */
export const egressRecordSchema = z.strictObject({
  ...egressEntrySchema.shape,
  function: nameSchema,
  version: versionIdSchema,
  zone: nameSchema,
  node: nameSchema,
});
export type EgressRecord = z.output<typeof egressRecordSchema>;

/** Answer of `GET /v1/functions/{name}/egress`. */
export const egressListSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** Newest first. */
  requests: z.array(egressRecordSchema),
  /** Entries that the nodes could not keep, in what was looked through. */
  lost: z.int().min(0),
  /** True: there are older ones. */
  more: z.boolean(),
});
export type EgressList = z.output<typeof egressListSchema>;

export const egressStream = (zone: string): string => {
  if (!isName(zone)) throw new RangeError(`"${zone}" cannot be a part of a name`);
  return `EGRESS_${zone}`;
};

export const cutReason = (text: string): string => text.slice(0, REASON_LENGTH);
