/** The audit log as the control API gives it. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { base64url32Schema } from '../trust/signing.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { auditEntrySchema, auditRecordSchema } from './entry.ts';

const version1 = z.literal(PROTOCOL_VERSION);

/** Answer of `GET /v1/audit`. */
export const auditListSchema = z.strictObject({
  v: version1,
  /** Newest first. */
  entries: z.array(auditEntrySchema),
  /** There are older ones: ask again with `before` set to this. */
  next: z.int().nullable(),
});
export type AuditList = z.output<typeof auditListSchema>;

/** Answer of `GET /v1/audit/log`: the messages as they are stored, for whoever verifies them. */
export const auditPageSchema = z.strictObject({
  v: version1,
  records: z.array(z.string()),
  /** There are copies in the object store, which can be read in the same way. */
  hasArchive: z.boolean(),
  /** Sequence to go on from; null: there is nothing more. */
  next: z.int().nullable(),
});
export type AuditPage = z.output<typeof auditPageSchema>;

/** What `sovfn audit export` writes: the entries about one tenant, with proofs that need no server. */
export const auditExportSchema = z.strictObject({
  v: version1,
  type: z.literal('sovfn-audit-export'),
  tenant: nameSchema,
  ...auditRecordSchema.pick({ checkpoint: true, signature: true, labels: true }).shape,
  entries: z.array(z.strictObject({ entry: auditEntrySchema, path: z.array(base64url32Schema).max(31) })),
});
export type AuditExport = z.output<typeof auditExportSchema>;
