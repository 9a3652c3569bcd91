/** Keys of Standard Webhooks: `whsec_` (HMAC), `whpk_` (ed25519, public), `whsk_` (ed25519, private). */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { decode } from '../signatures.ts';

export interface StandardKeys {
  readonly shared: readonly Buffer[];
  readonly publicKeys: readonly KeyObject[];
}

export const STANDARD_KEY_RULE =
  'must be whsec_ and a key of 16 bytes or more in base64; or for ed25519, whpk_ and the public key, or whsk_ and the private one';

const SHARED = 'whsec_';
const PUBLIC = 'whpk_';
const PRIVATE = 'whsk_';
const ED25519_BYTES = 32;
/** The specification asks for 24; what is shorter than this was never meant as a key. */
const LEAST_SHARED_BYTES = 16;
/** What stands before the 32 bytes of an ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The keys among the secrets; one that is none is left out. A secret without a prefix is a shared key, as in the libraries. */
export function readStandardKeys(secrets: readonly string[]): StandardKeys {
  const shared: Buffer[] = [];
  const publicKeys: KeyObject[] = [];
  for (const secret of secrets) {
    const privateKey = readPrivateKey(secret);
    if (privateKey !== null) publicKeys.push(createPublicKey(privateKey));
    else if (secret.startsWith(PUBLIC)) publicKeys.push(...readPublicKey(secret.slice(PUBLIC.length)));
    else shared.push(...readSharedKey(secret));
  }
  return { shared, publicKeys };
}

/** Null when the secret is not `whsk_` and a key: its 32 bytes, perhaps followed by the public ones. */
export function readPrivateKey(secret: string): KeyObject | null {
  const bytes = secret.startsWith(PRIVATE) ? decode(secret.slice(PRIVATE.length), 'base64') : null;
  if (bytes?.length !== ED25519_BYTES && bytes?.length !== ED25519_BYTES * 2) return null;
  const key = Buffer.concat([PKCS8_HEAD, bytes.subarray(0, ED25519_BYTES)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function readPublicKey(text: string): KeyObject[] {
  const bytes = decode(text, 'base64');
  if (bytes?.length !== ED25519_BYTES) return [];
  return [createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' })];
}

/** At most one. */
export function readSharedKey(secret: string): Buffer[] {
  if (secret.startsWith(PRIVATE) || secret.startsWith(PUBLIC)) return [];
  const bytes = decode(secret.startsWith(SHARED) ? secret.slice(SHARED.length) : secret, 'base64');
  return bytes === null || bytes.length < LEAST_SHARED_BYTES ? [] : [bytes];
}
