/**
 * The audit log: one Merkle tree for the platform (RFC 6962), whose every entry comes with the signed root of the tree that it
 * completes. The leaf of an entry is its canonical JSON. Everything in an entry is ASCII: names, ids, numbers; never bodies,
 * secrets, or what callers wrote.
 */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { canonicalJson } from '../trust/canonical-json.ts';
import { signedLabelsSchema } from '../trust/labels.ts';
import { base64url32Schema, detachedJwsSchema } from '../trust/signing.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { hashLeaf, type NodeHash } from '../receipts/merkle.ts';

const version1 = z.literal(PROTOCOL_VERSION);
const count = z.int().min(0);

/** Its place in the stream is its index and one. */
export const AUDIT_STREAM = 'AUDIT';

const DETAIL = /^[\x20-\x7e]{0,512}$/;
const detailSchema = z.union([z.string().regex(DETAIL), z.int(), z.null()]);

export type AuditDetails = Readonly<Record<string, string | number | null>>;

/** What entries say that no request asked for. Others are named after the operation of the control API. */
export const AUDIT_EVENTS = [
  'loggingStarted',
  'loggingStopped',
  /** The spool was full: what came beyond it, by action. */
  'notesDropped',
  /** Lines of the spool that were damaged. */
  'notesUnreadable',
  'clockStepped',
  'nodeJoined',
  'nodeLeft',
  'loginFailed',
  /** With the rule, the issuer and who it says that it was. */
  'loggedIn',
  /** A token asked for what it may not. */
  'accessRefused',
  /** With its id. */
  'tokenIssued',
  /** With the id of the grant and its end; who took it back asked for `revokeSupport`. */
  'supportGranted',
  'supportExpired',
  /** An operator reads something of a tenant: with the operation and the grant. */
  'supportUsed',
  /** The tenant has not agreed. */
  'supportRefused',
  /** With the digest of the certificate. */
  'tenantErased',
  'keyLost',
  'keyBack',
  'residencyRefused',
  'egressRefused',
  /** What the entry `of` asked for came to nothing. */
  'requestFailed',
] as const;

export const auditEntrySchema = z.strictObject({
  v: version1,
  /** Counts from 0, without gaps. */
  index: count,
  /** Index of the entry before about the same tenant; null: this is its first. So one that is left out is missed. */
  before: count.nullable(),
  at: z.iso.datetime(),
  /** That wrote it. */
  gateway: nameSchema,
  /** Null: it is about the platform. */
  tenant: nameSchema.nullable(),
  /** Id of the token that asked; `owner`, `operator`: one of the configuration; `platform`: nobody asked. */
  actor: z.string().regex(/^[a-z0-9-]{1,63}$/),
  action: z.string().regex(/^[a-zA-Z]{1,64}$/),
  function: nameSchema.nullable(),
  details: z.record(z.string().regex(/^[a-zA-Z]{1,64}$/), detailSchema),
});
export type AuditEntry = z.output<typeof auditEntrySchema>;

/** What is signed with each entry: the tree that it completes. */
export const auditCheckpointSchema = z.strictObject({
  v: version1,
  size: z.int().min(1),
  root: base64url32Schema,
  gateway: nameSchema,
  labelsSha256: base64url32Schema,
});
export type AuditCheckpoint = z.output<typeof auditCheckpointSchema>;

/** One message of the stream. */
export const auditRecordSchema = z.strictObject({
  entry: auditEntrySchema,
  checkpoint: auditCheckpointSchema,
  signature: detachedJwsSchema,
  /** Of the gateway: they hold its key, and the platform has signed them. */
  labels: signedLabelsSchema,
  /** Roots of the tree's whole subtrees, the smallest first: whoever goes on needs no earlier entry. */
  peaks: z.array(base64url32Schema).min(1).max(31),
});
export type AuditRecord = z.output<typeof auditRecordSchema>;

/** One line of a copy of the checkpoints. */
export const auditCopySchema = z.strictObject({ checkpoint: auditCheckpointSchema, signature: detachedJwsSchema });
export type AuditCopy = z.output<typeof auditCopySchema>;

export function auditLeaf(entry: AuditEntry): NodeHash {
  return hashLeaf(canonicalJson(entry));
}

/** Cuts a text to what an entry may hold: other characters become `?`. */
export function auditText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 512);
}

/** Name of the file with what a gateway has yet to write. */
export const auditSpoolName = (gateway: string): string => `audit-spool-${gateway}.jsonl`;

/** Name of the file with a gateway's copy of the checkpoints. */
export const auditCopyName = (gateway: string): string => `audit-checkpoints-${gateway}.jsonl`;
