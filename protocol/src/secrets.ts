/**
 * Secrets: how they lie in NATS, how the control API takes them, and how a supervisor gets those of a function.
 *
 * In NATS a value exists sealed only: at rest under the key file of the gateways, on its way to a node under a key that
 * the supervisor made for the one request. No answer of the control API holds a value in clear.
 */
import { z } from 'zod';
import { durationMs } from './config/duration.ts';
import { nameSchema, variableNameSchema, versionIdSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);

export const SECRETS_BUCKET = 'secrets';

/** Largest value. Bytes of UTF-8. */
export const SECRET_BYTES = 64 * 1024;
/** Secrets that a function may have. */
export const MOST_SECRETS = 100;

/** How long the value before the current one still verifies webhooks, unless `secrets set` says otherwise. Milliseconds. */
export const DEFAULT_OVERLAP_MS = durationMs('1d');
export const LONGEST_OVERLAP_MS = durationMs('30d');

/** Names hold no dot, so keys cannot be taken for another. */
export const secretKey = (tenant: string, name: string, secret: string): string => `${tenant}.${name}.${secret}`;

const sealedValueSchema = z.strictObject({
  /** Counts up with each value that was set and each deletion. */
  version: z.int().min(1),
  setAt: z.iso.datetime(),
  /** A sealed piece (docs/encryption.md) of the purpose `secrets`, base64. */
  sealed: z.base64(),
});
export type SealedValue = z.output<typeof sealedValueSchema>;

/** Value of a key of the bucket. A deleted secret stays as its last version, so that no version is given twice. */
export const secretRecordSchema = z.strictObject({
  v: version1,
  tenant: nameSchema,
  function: nameSchema,
  name: variableNameSchema,
  lastVersion: z.int().min(1),
  current: sealedValueSchema.nullable(),
  previous: z.strictObject({ ...sealedValueSchema.shape, acceptedUntil: z.iso.datetime() }).nullable(),
});
export type SecretRecord = z.output<typeof secretRecordSchema>;

/** Body of `PUT /v1/functions/{name}/secrets/{secret}`. */
export const setSecretRequestSchema = z.strictObject({
  v: version1,
  value: z
    .string()
    .min(1, 'must not be empty')
    .refine(
      (value) => new TextEncoder().encode(value).length <= SECRET_BYTES,
      `must have at most ${SECRET_BYTES} bytes`,
    )
    .refine((value) => !value.includes('\0'), 'must hold no NUL'),
  /** How long webhooks still accept the value before, milliseconds; null: DEFAULT_OVERLAP_MS. */
  overlapMs: z.int().min(0).max(LONGEST_OVERLAP_MS).nullable(),
});
export type SetSecretRequest = z.output<typeof setSecretRequestSchema>;

/** All that is ever said about a secret. */
export const secretSummarySchema = z.strictObject({
  name: variableNameSchema,
  version: z.int().min(1),
  setAt: z.iso.datetime(),
  /** Until when webhooks accept the version before as well; null: they do not. */
  previousAcceptedUntil: z.iso.datetime().nullable(),
  /** The deployed version names it in `secrets` or in a webhook. */
  isUsed: z.boolean(),
  /**
   * What the code of the deployed version has of it: the value, or a placeholder that is replaced towards these origins.
   * Null: its code does not list it.
   */
  code: z.strictObject({ isExposed: z.boolean(), isForSigning: z.boolean(), origins: z.array(z.string()) }).nullable(),
});
export type SecretSummary = z.output<typeof secretSummarySchema>;

export const secretListSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  secrets: z.array(secretSummarySchema),
  /** Named by the deployed version, and not set. */
  missing: z.array(variableNameSchema),
});
export type SecretList = z.output<typeof secretListSchema>;

export const secretAnswerSchema = z.strictObject({ v: version1, function: nameSchema, secret: secretSummarySchema });
export type SecretAnswer = z.output<typeof secretAnswerSchema>;

export const deleteSecretResponseSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  name: variableNameSchema,
});
export type DeleteSecretResponse = z.output<typeof deleteSecretResponseSchema>;

/** A supervisor asks a gateway on `sec.<zone>.<node>`. `publicKey`: X25519, made for this request, base64 of 32 bytes. */
export const secretsRequestSchema = z.strictObject({
  v: version1,
  tenant: nameSchema,
  function: nameSchema,
  version: versionIdSchema,
  names: z.array(variableNameSchema).min(1).max(MOST_SECRETS),
  publicKey: z.base64(),
});
export type SecretsRequest = z.output<typeof secretsRequestSchema>;

/** Every secret that was asked for. Value null: it is not set; version 0: it never was. */
export const grantedSecretsSchema = z.record(
  variableNameSchema,
  z.strictObject({ version: z.int().min(0), value: z.string().nullable() }),
);
export type GrantedSecrets = z.output<typeof grantedSecretsSchema>;

/** What a sealed answer is for: whoever opens it must name the same. */
export function secretsContext(
  zone: string,
  node: string,
  request: Omit<SecretsRequest, 'v' | 'names' | 'publicKey'>,
): string {
  return JSON.stringify(['sovfn-granted-secrets', zone, node, request.tenant, request.function, request.version]);
}
