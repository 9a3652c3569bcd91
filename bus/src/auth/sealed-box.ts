/**
 * A message that one receiver can read, over a bus that must not: X25519 with a key made for the one message on either
 * side, HKDF-SHA256, AES-256-GCM.
 *
 * Guarantees: only who holds the receiver's private key opens it, only whole, and only for the context it was sealed for.
 * Not guaranteed: who sealed it, or that the public key was the receiver's; the bus's permissions say who may ask and
 * who may answer.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { ProtocolError } from '@sovfn/protocol';

const CIPHER = 'aes-256-gcm';
const PUBLIC_BYTES = 32;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The receiver's side: made for one answer. */
export class SealedBox {
  readonly #keys = generateKeyPairSync('x25519');

  /** For `sealFor`. Base64. */
  get publicKey(): string {
    return rawPublicKey(this.#keys.publicKey).toString('base64');
  }

  /** Throws ProtocolError when it was changed, or sealed for another receiver or context. */
  open(sealed: string, context: string): Buffer {
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length < PUBLIC_BYTES + TAG_BYTES) throw new ProtocolError('a sealed answer is too short');
    try {
      const sender = bytes.subarray(0, PUBLIC_BYTES);
      const shared = diffieHellman({ privateKey: this.#keys.privateKey, publicKey: importPublicKey(sender) });
      const { key, nonce } = deriveKey(shared, [sender, rawPublicKey(this.#keys.publicKey)], context);
      const decipher = createDecipheriv(CIPHER, key, nonce).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(PUBLIC_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw new ProtocolError('a sealed answer cannot be opened: it is not for this receiver, or was changed');
    }
  }
}

/** Base64. Throws ProtocolError when `publicKey` is none. */
export function sealFor(publicKey: string, plaintext: Uint8Array, context: string): string {
  const receiver = Buffer.from(publicKey, 'base64');
  if (receiver.length !== PUBLIC_BYTES) throw new ProtocolError(`a public key has ${PUBLIC_BYTES} bytes`);
  const own = generateKeyPairSync('x25519');
  const sender = rawPublicKey(own.publicKey);
  const { key, nonce } = deriveKey(sharedSecret(own.privateKey, receiver), [sender, receiver], context);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([sender, sealed, cipher.getAuthTag()]).toString('base64');
}

/** Fails for the few keys that would make the secret known. */
function sharedSecret(privateKey: KeyObject, receiver: Buffer): Buffer {
  try {
    return diffieHellman({ privateKey, publicKey: importPublicKey(receiver) });
  } catch (cause) {
    throw new ProtocolError(`a public key cannot be used: ${String(cause)}`);
  }
}

/** Both keys are used once, so the nonce may come from the same derivation. */
function deriveKey(shared: Buffer, publicKeys: readonly Buffer[], context: string): { key: Buffer; nonce: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', shared, Buffer.concat(publicKeys), context, KEY_BYTES + NONCE_BYTES));
  return { key: bytes.subarray(0, KEY_BYTES), nonce: bytes.subarray(KEY_BYTES) };
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url');
}

function importPublicKey(raw: Buffer): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') }, format: 'jwk' });
}
