/**
 * Seals values of secrets under the key file of the platform: AES-256-GCM, a fresh nonce for each value.
 *
 * Guarantees: a sealed value opens under its own key only, whole, and only as the version of the secret of the function
 * of the tenant that it was sealed as.
 * Not guaranteed: that a sealed value is the newest one; who writes the bucket could put an old record back.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { type SealedValue, SovfnError } from '@sovfn/protocol';

export const SECRETS_KEY_BYTES = 32;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_DIGITS = 16;

export interface SecretAddress {
  readonly tenant: string;
  readonly function: string;
  readonly name: string;
}

export class SecretVault {
  readonly #key: Buffer;
  readonly #keyId: string;

  /** `key`: SECRETS_KEY_BYTES of random. */
  constructor(key: Buffer) {
    this.#key = key;
    this.#keyId = createHash('sha256').update('sovfn-secrets-key-id').update(key).digest('hex').slice(0, KEY_ID_DIGITS);
  }

  seal(address: SecretAddress, version: number, value: string): SealedValue {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(associatedData(address, version));
    const sealed = Buffer.concat([nonce, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    const setAt = new Date().toISOString();
    return { version, setAt, keyId: this.#keyId, sealed: sealed.toString('base64') };
  }

  /** Throws `secret-unreadable`. */
  open(address: SecretAddress, { version, keyId, sealed }: SealedValue): string {
    if (keyId !== this.#keyId) {
      throw unreadable(address, `it was sealed under the key ${keyId}; this gateway has ${this.#keyId}`);
    }
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw unreadable(address, 'it is cut off');
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(associatedData(address, version))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      throw unreadable(address, 'what is stored is not what was sealed');
    }
  }
}

function associatedData({ tenant, function: name, name: secret }: SecretAddress, version: number): Buffer {
  return Buffer.from(JSON.stringify(['sovfn-secret', tenant, name, secret, version]));
}

function unreadable({ name, function: owner }: SecretAddress, reason: string): SovfnError {
  return new SovfnError('secret-unreadable', `the secret "${name}" of "${owner}" cannot be opened: ${reason}`, {
    hint: `Restore the key file from a backup, or set the secret again: sovfn secrets set ${owner} ${name}`,
  });
}
