/**
 * Seals values of secrets under data keys of their tenant.
 *
 * Guarantees: a sealed value opens under its tenant's key only, whole, and only as the version of the secret of the function
 * that it was sealed as.
 * Not guaranteed: that a sealed value is the newest one; who writes the bucket could put an old record back.
 */
import { type DataKeySource, open, seal } from '@sovfn/bus/encryption';
import { isSovfnError, type SealedPlace, type SealedValue, SovfnError } from '@sovfn/protocol';

export interface SecretAddress {
  readonly tenant: string;
  readonly function: string;
  readonly name: string;
}

export class SealedSecrets {
  readonly #keys: DataKeySource;

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
    try {
      const bytes = await open(this.#keys, placeOf(address, version), Buffer.from(sealed, 'base64'));
      return bytes.toString('utf8');
    } catch (error) {
      if (isSovfnError(error) && error.code === 'data-unreadable') throw unreadable(address, error);
      throw error;
    }
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
