import type { FunctionRegistry } from '@sovfn/bus';
import { isVersionSigned, keyIdOf, signatureOf, SovfnError, type VersionSignature, whyUnsigned } from '@sovfn/protocol';
import type { VersionName } from '../code/bundle-store.ts';
import type { PinnedSigners } from './pinned-signers.ts';

/** Which versions may run here: of a tenant that requires it, those that a signer of its list has signed. */
export class VersionTrust {
  readonly #registry: Pick<FunctionRegistry, 'get'>;
  readonly #signers: Pick<PinnedSigners, 'listOf'>;
  /** A signature belongs to one entry of one record, which never changes. */
  readonly #checked = new WeakMap<VersionSignature, boolean>();

  constructor(registry: Pick<FunctionRegistry, 'get'>, signers: Pick<PinnedSigners, 'listOf'>) {
    this.#registry = registry;
    this.#signers = signers;
  }

  isTrusted(name: VersionName): boolean {
    return this.#whyNot(name) === null;
  }

  /** Throws `version-untrusted`. */
  assertTrusted(name: VersionName): void {
    const reason = this.#whyNot(name);
    if (reason === null) return;
    throw new SovfnError('version-untrusted', reason, {
      hint: 'Deploy it with --sign-key and the key of a signer: `sovfn signers list` shows them.',
    });
  }

  /** Id of the key that has signed the version; null: none has. */
  signerOf(name: VersionName): string | null {
    const signature = this.#signatureOf(name);
    return signature !== null && this.#isSigned(name, signature) ? keyIdOf(signature.signer) : null;
  }

  #whyNot(name: VersionName): string | null {
    const list = this.#signers.listOf(name.tenant);
    if (list === null || !list.isRequired) return null;
    return whyUnsigned(list, name, this.#signatureOf(name), (of, signature) => this.#isSigned(of, signature));
  }

  #signatureOf({ tenant, function: name, version }: VersionName): VersionSignature | null {
    const record = this.#registry.get(tenant, name);
    return record === null ? null : signatureOf(record, version);
  }

  #isSigned(name: VersionName, signature: VersionSignature): boolean {
    const known = this.#checked.get(signature);
    if (known !== undefined) return known;
    const isSigned = isVersionSigned(name, signature);
    this.#checked.set(signature, isSigned);
    return isSigned;
  }
}
