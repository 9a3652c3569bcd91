/**
 * Seals values of secrets under data keys of their tenant.
 *
 * Guarantees: a sealed value opens under its tenant's key only, whole, and only as the version of the secret of the function
 * that it was sealed as.
 * Not guaranteed: that a sealed value is the newest one; who writes the bucket could put an old record back.
 */
import { type DataKey, type DataKeySource, keyOfPiece, openPiece, seal } from '@sovfn/bus/encryption';
import { isSovfnError, type SealedPlace, type SealedValue, SovfnError } from '@sovfn/protocol';

export interface SecretAddress {
  readonly tenant: string;
  readonly function: string;
  readonly name: string;
}

interface OpenedValue {
  readonly key: DataKey;
  readonly value: string;
}

/** Values that are opened already; beyond it, those that were opened first are opened again. */
const MOST_OPENED = 10_000;

export class SealedSecrets {
  readonly #keys: DataKeySource;
  /** By place and sealed bytes. Good only while the key is held: a key that is taken away takes them along. */
  readonly #opened = new Map<string, OpenedValue>();

  constructor(keys: DataKeySource) {
    this.#keys = keys;
  }

  /** Throws `key-unavailable`. */
  async seal(address: SecretAddress, version: number, value: string): Promise<SealedValue> {
    const sealed = await seal(this.#keys, placeOf(address, version), Buffer.from(value, 'utf8'));
    return { version, setAt: new Date().toISOString(), sealed: sealed.toString('base64') };
  }

  /** Throws `secret-unreadable`, or `key-unavailable`. */
  async open(address: SecretAddress, { version, sealed }: SealedValue): Promise<string> {
    const place = placeOf(address, version);
    const name = `${place.tenant}/${place.function}/${place.name}/${sealed}`;
    const known = this.#opened.get(name);
    // NOTE: on the path of every delivery of a webhook: opening one costs as much as verifying the signature.
    if (known !== undefined && (await this.#keys.get(known.key.name)) === known.key) return known.value;
    try {
      return await this.#open(name, place, Buffer.from(sealed, 'base64'));
    } catch (error) {
      if (isSovfnError(error) && error.code === 'data-unreadable') throw unreadable(address, error);
      throw error;
    }
  }

  async #open(name: string, place: SealedPlace, sealed: Buffer): Promise<string> {
    this.#opened.delete(name);
    const key = await this.#keys.get(keyOfPiece(place, sealed));
    const value = openPiece(key, place, sealed).toString('utf8');
    if (this.#opened.size >= MOST_OPENED) this.#opened.delete(this.#opened.keys().next().value!);
    this.#opened.set(name, { key, value });
    return value;
  }
}

function placeOf({ tenant, function: name, name: secret }: SecretAddress, version: number): SealedPlace {
  return { tenant, purpose: 'secrets', function: name, name: `${secret}/${version}` };
}

function unreadable({ name, function: owner }: SecretAddress, cause: SovfnError): SovfnError {
  return new SovfnError('secret-unreadable', `the secret "${name}" of "${owner}" cannot be opened: ${cause.message}`, {
    hint: `Restore NATS and the tenant's key from backups of one time, or set the secret again: sovfn secrets set ${owner} ${name}`,
    cause,
  });
}
