/** Comparing signatures and credentials in a time that says nothing about what was expected. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { refused, type Refused, type VerifyOptions } from './scheme.ts';

export type Algorithm = 'sha256' | 'sha384' | 'sha512' | 'sha1';
export type Encoding = 'hex' | 'base64' | 'base64url';

export interface SignedBytes {
  readonly algorithm: Algorithm;
  /** What was signed, one behind the other. */
  readonly parts: readonly (string | Buffer)[];
}

/** Signatures of one delivery that are looked at: each costs a comparison. */
export const MOST_SIGNATURES = 16;

const FORMS: Readonly<Record<Encoding, RegExp>> = {
  hex: /^(?:[0-9a-fA-F]{2})+$/,
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/,
  base64url: /^[A-Za-z0-9_-]+={0,2}$/,
};
const SECONDS = /^\d{1,12}$/;
const COMPARE_KEY = randomBytes(32);

export function hmac(key: string | Buffer, { algorithm, parts }: SignedBytes): Buffer {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** The bytes that a text stands for; null when it is not in that encoding, whole. */
export function decode(text: string, encoding: Encoding): Buffer | null {
  return text !== '' && FORMS[encoding].test(text) ? Buffer.from(text, encoding) : null;
}

/** Is one of the signatures made with one of the keys? Looks at every pair. */
export function isSigned(
  signed: SignedBytes,
  keys: readonly (string | Buffer)[],
  signatures: readonly (Buffer | null)[],
): boolean {
  const expected = keys.map((key) => hmac(key, signed));
  const given = signatures.slice(0, MOST_SIGNATURES);
  return expected.flatMap((digest) => given.map((signature) => isSameDigest(digest, signature))).includes(true);
}

function isSameDigest(expected: Buffer, given: Buffer | null): boolean {
  return given !== null && given.length === expected.length && timingSafeEqual(expected, given);
}

/** Is the text one of the secrets? Compares digests under a key of this process, so that neither length nor content shows. */
export function isOneOf(secrets: readonly string[], given: string | Buffer): boolean {
  const signed = (text: string | Buffer): SignedBytes => ({ algorithm: 'sha256', parts: [text] });
  const digest = hmac(COMPARE_KEY, signed(given));
  return secrets.map((secret) => timingSafeEqual(hmac(COMPARE_KEY, signed(secret)), digest)).includes(true);
}

/** A refusal when the time of signing, in seconds, is none or is outside of the tolerance; else null. */
export function refuseTime(header: string, seconds: string, { now, toleranceMs }: VerifyOptions): Refused | null {
  if (!SECONDS.test(seconds)) return refused('timestamp', `the time in "${header}" is not a whole number of seconds`);
  const ageMs = now - Number(seconds) * 1_000;
  if (Math.abs(ageMs) <= toleranceMs) return null;
  const off = `${Math.round(Math.abs(ageMs) / 1_000)} s ${ageMs > 0 ? 'old' : 'in the future'}`;
  return refused('timestamp', `the time in "${header}" is ${off}; at most ${toleranceMs / 1_000} s are allowed`);
}

export function secondsOf(now: number): string {
  return String(Math.floor(now / 1_000));
}

/** Stands for a delivery whose time is signed: of what was signed, because a signature can be written in several ways. */
export function fingerprintOf({ parts }: SignedBytes): string {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest('hex');
}
