/** Support access: what an operator may read of a tenant while the tenant has agreed, and for how long it has. */
import { z } from 'zod';
import { durationMs } from '../config/duration.ts';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { tokenIdSchema } from './tokens.ts';

const version1 = z.literal(PROTOCOL_VERSION);

export const SHORTEST_SUPPORT_MS = durationMs('1s');
export const LONGEST_SUPPORT_MS = durationMs('7d');
/** Of a tenant, ended ones included; the ones that ended first are let go. */
export const MOST_SUPPORT_GRANTS = 20;

const reasonSchema = z.string().max(200).nullable();

/** In the record of the tenant. */
export const supportGrantSchema = z.strictObject({
  id: tokenIdSchema,
  grantedAt: z.iso.datetime(),
  /** Who agreed: id of a token; `owner`: the one of the configuration. */
  grantedBy: z.string().min(1).max(64),
  expiresAt: z.iso.datetime(),
  reason: reasonSchema,
  /** Null: nobody has taken it back. */
  revokedAt: z.iso.datetime().nullable(),
  /** The audit log says, or is about to say, that its time is over. */
  isExpiryNoted: z.boolean(),
});
export type SupportGrant = z.output<typeof supportGrantSchema>;

/** Body of `POST /v1/support`. */
export const grantSupportRequestSchema = z.strictObject({
  v: version1,
  ttlMs: z.int().min(SHORTEST_SUPPORT_MS).max(LONGEST_SUPPORT_MS),
  reason: reasonSchema,
});
export type GrantSupportRequest = z.output<typeof grantSupportRequestSchema>;

export const supportSummarySchema = z.strictObject({
  ...supportGrantSchema.omit({ isExpiryNoted: true }).shape,
  state: z.enum(['active', 'expired', 'revoked']),
});
export type SupportSummary = z.output<typeof supportSummarySchema>;

export const supportAnswerSchema = z.strictObject({ v: version1, tenant: nameSchema, grant: supportSummarySchema });
export type SupportAnswer = z.output<typeof supportAnswerSchema>;

/** Newest first. */
export const supportListSchema = z.strictObject({
  v: version1,
  tenant: nameSchema,
  grants: z.array(supportSummarySchema),
});
export type SupportList = z.output<typeof supportListSchema>;

export function stateOfSupport({ revokedAt, expiresAt }: SupportGrant, now: number): SupportSummary['state'] {
  if (revokedAt !== null) return 'revoked';
  return Date.parse(expiresAt) <= now ? 'expired' : 'active';
}
