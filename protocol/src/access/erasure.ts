/**
 * The end of a tenant: announced, carried out when the notice is over, and certified. A certificate is signed by the gateway that
 * erased, whose labels the platform has signed, so it verifies with the platform's public key and nothing else.
 */
import { z } from 'zod';
import { SovfnError } from '../errors.ts';
import { jsonOrNull } from '../json.ts';
import { nameSchema } from '../names.ts';
import { assertLabelsSigned } from '../trust/check-labels.ts';
import { signedLabelsSchema } from '../trust/labels.ts';
import { base64url32Schema, detachedJwsSchema, documentDigest, isSignedBy, SIGNED_KINDS } from '../trust/signing.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { durationMs } from '../config/duration.ts';

const version1 = z.literal(PROTOCOL_VERSION);
const count = z.int().min(0);

/** SecNumCloud 19.4.a asks for 21 days between the announcement and the erasure. */
export const DEFAULT_NOTICE_MS = durationMs('21d');
export const LONGEST_NOTICE_MS = durationMs('365d');

/**
 * What became of the tenant's key. `held-by-owner`: it never was the platform's to destroy. `not-there`: there was none, as where
 * nothing was ever sealed.
 */
export const KEY_ENDS = ['destroyed', 'held-by-owner', 'not-there'] as const;
export type KeyEnd = (typeof KEY_ENDS)[number];

const announcementSchema = z.strictObject({
  announcedAt: z.iso.datetime(),
  /** When the notice is over. */
  notBefore: z.iso.datetime(),
  /** Id of the token that announced it, or `owner`. */
  actor: z.string().max(63),
});

/** By kind. */
const tenantCountsSchema = z.strictObject({
  tokens: count,
  functions: count,
  secrets: count,
  /** Events, messages, logs and their traces, by the stream that held them. */
  messages: z.record(z.string(), count),
  /** By bucket. Buckets that are not named here were not looked through. */
  objects: z.record(z.string(), count),
});

export const erasureCertificateSchema = z.strictObject({
  v: version1,
  tenant: nameSchema,
  ...announcementSchema.shape,
  startedAt: z.iso.datetime(),
  erasedAt: z.iso.datetime(),
  gateway: nameSchema,
  labelsSha256: base64url32Schema,
  /** Wrapped data keys that were erased: without them, nothing that they sealed can be opened, wherever a copy is. */
  dataKeys: count,
  tenantKey: z.enum(KEY_ENDS),
  /** What was removed, and was looked for again in vain: what there was at the beginning, or more where more came meanwhile. */
  removed: tenantCountsSchema,
});
export type ErasureCertificate = z.output<typeof erasureCertificateSchema>;

export const signedErasureSchema = z.strictObject({
  certificate: erasureCertificateSchema,
  signature: detachedJwsSchema,
  /** Of the gateway that signed. */
  labels: signedLabelsSchema,
});
export type SignedErasure = z.output<typeof signedErasureSchema>;

/** What an erasure that is under way has noted, so that one that is interrupted ends as it would have. */
const erasureProgressSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  /** When it began. */
  dataKeys: count,
  /** From here on keys may be gone. */
  isKeyEnding: z.boolean(),
  removed: tenantCountsSchema,
});
export type ErasureProgress = z.output<typeof erasureProgressSchema>;

/** Part of a tenant's record. */
export const erasureSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('announced'), ...announcementSchema.shape }),
  /** Nobody can use the tenant any more; what was interrupted is carried out again. */
  z.strictObject({
    state: z.literal('under-way'),
    ...announcementSchema.shape,
    /** Null: nothing has been removed yet. */
    progress: erasureProgressSchema.nullable().default(null),
  }),
  z.strictObject({ state: z.literal('erased'), signed: signedErasureSchema }),
]);
export type Erasure = z.output<typeof erasureSchema>;

/** Body of `PUT /v1/tenants/{tenant}/erasure`. Null: DEFAULT_NOTICE_MS. */
export const announceErasureRequestSchema = z.strictObject({
  v: version1,
  noticeMs: z.int().min(0).max(LONGEST_NOTICE_MS).nullable(),
});

/** Null: none is announced. */
export const erasureAnswerSchema = z.strictObject({
  v: version1,
  tenant: nameSchema,
  erasure: erasureSchema.nullable(),
});
export type ErasureAnswer = z.output<typeof erasureAnswerSchema>;

/** Reads a certificate. Throws SovfnError `erasure-invalid`, or what labels throw that the platform did not sign. */
export function verifyErasure(text: string, platformPublicKey: string): ErasureCertificate {
  const parsed = signedErasureSchema.safeParse(jsonOrNull(text));
  if (!parsed.success) throw invalid('it does not have the form of one');
  const { certificate, signature, labels } = parsed.data;
  assertLabelsSigned(labels, platformPublicKey);
  const { role, name, publicKey, issuedAt, expiresAt } = labels.labels;
  if (role !== 'gateway' || name !== certificate.gateway) throw invalid('another component signed it');
  if (documentDigest(labels) !== certificate.labelsSha256) throw invalid('it names other labels of its gateway');
  if (!isSignedBy(SIGNED_KINDS.erasure, certificate, signature, publicKey)) {
    throw invalid('what was signed is another certificate');
  }
  if (certificate.erasedAt < issuedAt || certificate.erasedAt > expiresAt) {
    throw invalid('the labels of its gateway did not hold when it was signed');
  }
  return certificate;
}

function invalid(reason: string): SovfnError {
  return new SovfnError('erasure-invalid', `the certificate of erasure does not verify: ${reason}`, {
    hint: 'Fetch it again. If it fails again, it was changed, or it is of another platform than the key.',
  });
}
