/**
 * Developers whose keys sign versions of a tenant's functions, and the tenant's list of them. Each list is signed with a key of
 * the list before it, so whoever knows one of them needs to trust nobody about those that come after.
 *
 * Guarantees: a signature of a version is one for its tenant, function and version id, which is the hash of code and
 * configuration; a list that follows another was signed with a key that could sign then.
 * Not guaranteed: that the first list is the tenant's own: whoever sees it first has to believe it. Hostile: every list, every
 * signature.
 */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { SovfnError } from '../errors.ts';
import { nameSchema, shortVersion } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import {
  base64url32Schema,
  detachedJwsSchema,
  documentDigest,
  isSignedBy,
  keyIdOf,
  signDocument,
  SIGNED_KINDS,
} from './signing.ts';

export const MOST_SIGNERS = 50;
/** Of one tenant's lists: whoever reads them checks one after the other. */
export const MOST_SIGNER_LISTS = 1_000;

/** KV bucket; key: `signerListKey`. */
export const SIGNERS_BUCKET = 'signers';
export const signerListKey = (tenant: string, number: number): string => `${tenant}.${number}`;

export const signerSchema = z.strictObject({
  name: nameSchema,
  publicKey: base64url32Schema,
  /** False: signs no more; versions that it has signed go on running. */
  isActive: z.boolean(),
});
export type Signer = z.output<typeof signerSchema>;

export const signerListSchema = z
  .strictObject({
    v: z.literal(PROTOCOL_VERSION),
    tenant: nameSchema,
    /** Counts from 1. */
    number: z.int().min(1).max(MOST_SIGNER_LISTS),
    /** Digest of the list before; null for the first one. */
    before: base64url32Schema.nullable(),
    /** Nothing runs that no signer of the list has signed. */
    isRequired: z.boolean(),
    signers: z.array(signerSchema).min(1).max(MOST_SIGNERS),
  })
  .refine(({ number, before }) => (number === 1) === (before === null), {
    message: 'must be null in the first list and nowhere else',
    path: ['before'],
  })
  .refine(({ signers }) => hasNoDoubles(signers, 'name') && hasNoDoubles(signers, 'publicKey'), {
    message: 'must have each name and each key once',
    path: ['signers'],
  })
  .refine(({ signers }) => signers.some(({ isActive }) => isActive), {
    message: 'must have one that can sign',
    path: ['signers'],
  });
export type SignerList = z.output<typeof signerListSchema>;

/** Body of `PUT /v1/signers`, and what the bucket holds. */
export const signedSignerListSchema = z.strictObject({
  list: signerListSchema,
  /** Public key. */
  signer: base64url32Schema,
  signature: detachedJwsSchema,
});
export type SignedSignerList = z.output<typeof signedSignerListSchema>;

/** Answer of `GET` and `PUT /v1/signers`. */
export const signersAnswerSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  tenant: nameSchema,
  /** Null: the tenant has no signers. */
  list: signerListSchema.nullable(),
  /** Functions of which a version that answers is signed by nobody on the list. */
  unsigned: z.array(nameSchema),
});
export type SignersAnswer = z.output<typeof signersAnswerSchema>;

/** Of a version, beside its entry in the function's record. */
export const versionSignatureSchema = z.strictObject({
  /** Public key. */
  signer: base64url32Schema,
  signature: detachedJwsSchema,
});
export type VersionSignature = z.output<typeof versionSignatureSchema>;

/** What a signature of a version is for. */
export interface SignedVersion {
  readonly tenant: string;
  readonly function: string;
  readonly version: string;
}

export interface SigningKey {
  readonly key: KeyObject;
  /** Its public half. */
  readonly publicKey: string;
}

export function signVersion(of: SignedVersion, { key, publicKey }: SigningKey): VersionSignature {
  return { signer: publicKey, signature: signDocument(SIGNED_KINDS.version, statementOf(of), key, publicKey) };
}

/** Never throws for what a peer may have written. */
export function isVersionSigned(of: SignedVersion, { signer, signature }: VersionSignature): boolean {
  return isSignedBy(SIGNED_KINDS.version, statementOf(of), signature, signer);
}

export function signSignerList(list: SignerList, { key, publicKey }: SigningKey): SignedSignerList {
  return { list, signer: publicKey, signature: signDocument(SIGNED_KINDS.signers, list, key, publicKey) };
}

/** What the next list begins with. */
export function followingList(
  tenant: string,
  before: SignerList | null,
): Pick<SignerList, 'v' | 'tenant' | 'number' | 'before'> {
  const number = before === null ? 1 : before.number + 1;
  return { v: PROTOCOL_VERSION, tenant, number, before: before === null ? null : documentDigest(before) };
}

/**
 * Throws `signers-conflict` for a list that does not come next, `signature-refused` for one that nobody may have signed: a
 * key of the list before signs, of the first list one of its own.
 */
export function assertFollows(
  tenant: string,
  before: SignerList | null,
  { list, signer, signature }: SignedSignerList,
): void {
  const expected = followingList(tenant, before);
  if (list.tenant !== tenant || list.number !== expected.number || list.before !== expected.before) {
    throw new SovfnError(
      'signers-conflict',
      `the list does not follow number ${expected.number - 1} of tenant "${tenant}"`,
      {
        hint: 'Somebody else has changed the signers meanwhile: look at them with `sovfn signers list`, and change them again.',
      },
    );
  }
  if (findActive(before ?? list, signer) === null) {
    throw new SovfnError(
      'signature-refused',
      `the key ${keyIdOf(signer)} is of no signer of tenant "${tenant}" that can sign`,
      {
        hint: 'Who is on the list changes it: sign with --sign-key and the key of one of them (`sovfn signers list`).',
      },
    );
  }
  if (isSignedBy(SIGNED_KINDS.signers, list, signature, signer)) return;
  throw new SovfnError(
    'signature-refused',
    `list ${list.number} of the signers of tenant "${tenant}" is not signed by ${keyIdOf(signer)}`,
    {
      hint: 'It was changed after it was signed. Find out by whom.',
    },
  );
}

/** Null: none that can sign has the key. */
export function findActive({ signers }: SignerList, publicKey: string): Signer | null {
  return signers.find((signer) => signer.isActive && signer.publicKey === publicKey) ?? null;
}

/**
 * Why nobody on the list vouches for a version; null: somebody does. `isSigned` takes the place of `isVersionSigned` where that
 * was found out before.
 */
export function whyUnsigned(
  { tenant, signers }: SignerList,
  of: SignedVersion,
  signature: VersionSignature | null,
  isSigned: typeof isVersionSigned = isVersionSigned,
): string | null {
  const what = `version ${shortVersion(of.version)} of function "${of.function}"`;
  if (signature === null) return `${what} is not signed, and tenant "${tenant}" has signers`;
  const keyId = keyIdOf(signature.signer);
  if (!signers.some(({ publicKey }) => publicKey === signature.signer)) {
    return `${what} is signed with the key ${keyId}, which is of no signer of tenant "${tenant}"`;
  }
  if (of.tenant === tenant && isSigned(of, signature)) return null;
  return `the signature of ${what} with the key ${keyId} is not for this tenant, function and version`;
}

function statementOf({ tenant, function: name, version }: SignedVersion) {
  return { v: PROTOCOL_VERSION, tenant, function: name, version };
}

function hasNoDoubles(signers: readonly Signer[], key: 'name' | 'publicKey'): boolean {
  return new Set(signers.map((signer) => signer[key])).size === signers.length;
}
