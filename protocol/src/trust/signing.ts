/**
 * Signatures of documents: Ed25519, as a JWS (RFC 7515, `alg` "EdDSA" of RFC 8037) with detached content (its appendix F). The
 * content is the document in canonical JSON (RFC 8785), so the document stays readable beside its signature.
 *
 * Guarantees: `isSignedBy` accepts one spelling of a signature only; a signature for one kind of document is none for
 * another, because the kind is in the protected header.
 * Computes only: keys are handed in by whoever may read them.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type CanonicalValue } from './canonical-json.ts';

/** Kinds of signed documents. */
export const SIGNED_KINDS = {
  labels: 'sovfn-labels',
  receipts: 'sovfn-receipts',
  audit: 'sovfn-audit',
  enrolment: 'sovfn-enrolment',
  erasure: 'sovfn-erasure',
  signers: 'sovfn-signers',
  version: 'sovfn-version',
} as const;
export type SignedKind = (typeof SIGNED_KINDS)[keyof typeof SIGNED_KINDS];

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const BASE64URL_32 = /^[A-Za-z0-9_-]{43}$/;

/** 32 bytes in base64url, in the one spelling without spare bits: a public key, a key id, a SHA-256. */
export const base64url32Schema = z.string().regex(BASE64URL_32).refine(isExactBase64url, 'has spare bits that are set');

/** `<header>..<signature>` */
export const detachedJwsSchema = z.string().regex(/^[A-Za-z0-9_-]{1,512}\.\.[A-Za-z0-9_-]{86}$/);

/** A public key as a JSON Web Key (RFC 8037); `kid` is its thumbprint (RFC 7638). */
export const publicJwkSchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: base64url32Schema,
  kid: base64url32Schema,
  use: z.literal('sig'),
  alg: z.literal('EdDSA'),
});
export type PublicJwk = z.output<typeof publicJwkSchema>;

/** A public key by its 32 bytes in base64url. */
export function publicKeyText(key: KeyObject): string {
  const { x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return base64url32Schema.parse(x);
}

/** Throws RangeError for a text that is no key. */
export function publicKeyOf(text: string): KeyObject {
  if (!isExactBase64url(text) || Buffer.from(text, 'base64url').length !== KEY_BYTES) {
    throw new RangeError('this is no Ed25519 public key');
  }
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' });
}

/** Thumbprint (RFC 7638) of a public key in base64url: names it everywhere. */
export function keyIdOf(publicKey: string): string {
  return createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${publicKey}"}`).digest('base64url');
}

export function publicJwk(publicKey: string): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x: publicKey, kid: keyIdOf(publicKey), use: 'sig', alg: 'EdDSA' };
}

/** Signs a document. `publicKey` is the half of `key` that whoever verifies has. */
export function signDocument(kind: SignedKind, document: CanonicalValue, key: KeyObject, publicKey: string): string {
  const header = encodedHeader(kind, publicKey);
  const signature = sign(null, Buffer.from(`${header}.${encodedContent(document)}`), key);
  return `${header}..${signature.toString('base64url')}`;
}

/** Never throws for what a peer may have written. */
export function isSignedBy(kind: SignedKind, document: CanonicalValue, jws: string, publicKey: string): boolean {
  const header = encodedHeader(kind, publicKey);
  if (!jws.startsWith(`${header}..`)) return false;
  const text = jws.slice(header.length + 2);
  const signature = Buffer.from(text, 'base64url');
  if (signature.length !== SIGNATURE_BYTES || !isExactBase64url(text)) return false;
  return verify(null, Buffer.from(`${header}.${encodedContent(document)}`), publicKeyOf(publicKey), signature);
}

/** Decoding ignores what does not fit, and the last character's spare bits: two texts could mean the same bytes. */
export function isExactBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

/** SHA-256 of a document in canonical JSON, base64url. */
export function documentDigest(document: CanonicalValue): string {
  return createHash('sha256').update(canonicalJson(document)).digest('base64url');
}

function encodedHeader(kind: SignedKind, publicKey: string): string {
  return Buffer.from(canonicalJson({ alg: 'EdDSA', kid: keyIdOf(publicKey), typ: kind })).toString('base64url');
}

function encodedContent(document: CanonicalValue): string {
  return Buffer.from(canonicalJson(document)).toString('base64url');
}
