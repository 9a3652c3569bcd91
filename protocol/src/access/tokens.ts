/**
 * Tokens of the control API: how they lie in NATS, as hashes only, and how the control API makes and ends them.
 *
 *   sovfn_<id>_<secret>    id: 16 of a–z and 0–9, which names the token everywhere; secret: 32 random bytes, base64url
 */
import { z } from 'zod';
import { durationMs } from '../config/duration.ts';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { roleSchema, scopeSchema } from './scopes.ts';

const version1 = z.literal(PROTOCOL_VERSION);

/** KV bucket; key: the token's id. A token that is revoked is gone from it. */
export const TOKENS_BUCKET = 'tokens';
/** Tokens that a tenant may have. */
export const MOST_TOKENS = 1_000;
/** How long the secret before the current one is still taken, unless `tokens rotate` says otherwise. Milliseconds. */
export const DEFAULT_TOKEN_OVERLAP_MS = durationMs('1h');
export const LONGEST_TOKEN_OVERLAP_MS = durationMs('30d');

export const tokenIdSchema = z.string().regex(/^[a-z0-9]{16}$/, 'must be an id: 16 of a–z and 0–9');
const TOKEN = /^sovfn_([a-z0-9]{16})_[A-Za-z0-9_-]{43}$/;

/** The id in a token; null for a text that is none. */
export function idOfToken(token: string): string | null {
  return TOKEN.exec(token)?.[1] ?? null;
}

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

const facts = {
  id: tokenIdSchema,
  /** For people. */
  name: nameSchema,
  tenant: nameSchema,
  /** Null: every function of the tenant. */
  function: nameSchema.nullable(),
  role: roleSchema.nullable(),
  /** Besides those of the role. */
  scopes: z.array(scopeSchema),
  createdAt: z.iso.datetime(),
  /** Id of the token that made it; `owner`: the token of the platform's configuration. */
  createdBy: z.string().min(1).max(64),
  /** Null: never. */
  expiresAt: z.iso.datetime().nullable(),
};

/** Value of a key of the bucket. `secrets`: SHA-256 of whole tokens, the current one first. */
export const tokenRecordSchema = z.strictObject({
  v: version1,
  ...facts,
  secrets: z
    .array(z.strictObject({ sha256: sha256Schema, acceptedUntil: z.iso.datetime().nullable() }))
    .min(1)
    .max(2),
});
export type TokenRecord = z.output<typeof tokenRecordSchema>;

/** Body of `POST /v1/tokens`. */
export const createTokenRequestSchema = z
  .strictObject({
    v: version1,
    name: nameSchema,
    /** Null: that of the token that asks. */
    tenant: nameSchema.nullable(),
    function: nameSchema.nullable(),
    role: roleSchema.nullable(),
    scopes: z.array(scopeSchema).max(32),
    expiresAt: z.iso.datetime().nullable(),
  })
  .refine(({ role, scopes }) => role !== null || scopes.length > 0, 'a token needs a role or a scope');
export type CreateTokenRequest = z.output<typeof createTokenRequestSchema>;

export const tokenSummarySchema = z.strictObject({ ...facts, previousAcceptedUntil: z.iso.datetime().nullable() });
export type TokenSummary = z.output<typeof tokenSummarySchema>;

/** `secret`: the whole token, which is shown this once and kept nowhere. */
export const tokenAnswerSchema = z.strictObject({ v: version1, token: tokenSummarySchema, secret: z.string() });
export type TokenAnswer = z.output<typeof tokenAnswerSchema>;

export const tokenListSchema = z.strictObject({ v: version1, tokens: z.array(tokenSummarySchema) });
export type TokenList = z.output<typeof tokenListSchema>;

/** Body of `POST /v1/tokens/{token}/rotate`. */
export const rotateTokenRequestSchema = z.strictObject({
  v: version1,
  /** Null: the usual time. */
  overlapMs: z.int().min(0).max(LONGEST_TOKEN_OVERLAP_MS).nullable(),
});
export type RotateTokenRequest = z.output<typeof rotateTokenRequestSchema>;

export const revokeTokenResponseSchema = z.strictObject({ v: version1, id: tokenIdSchema });
export type RevokeTokenResponse = z.output<typeof revokeTokenResponseSchema>;
