/** Whether the developers of a tenant vouch for what is to answer. Nodes find out for themselves: this says it before they do. */
import {
  findActive,
  isVersionSigned,
  keyIdOf,
  type SignedVersion,
  type SignerList,
  SovfnError,
  type VersionSignature,
  whyUnsigned,
} from '@sovfn/protocol';

const HINT = 'Sign it with --sign-key and the key of a signer: `sovfn signers list` shows them.';

/**
 * Of a version that is deployed. Throws `signature-refused`: it is not signed and must be, or the signature is wrong, or of
 * somebody who signs no more.
 */
export function checkNewSignature(
  list: SignerList | null,
  of: SignedVersion,
  signature: VersionSignature | null,
): void {
  if (signature === null) return checkSignature(list, of, null);
  const reason =
    list === null ? whyForged(of, signature) : (whyUnsigned(list, of, signature) ?? whyRetired(list, signature));
  if (reason !== null) throw refused(reason);
}

/** Of a version that was deployed before. Throws `signature-refused`. */
export function checkSignature(list: SignerList | null, of: SignedVersion, signature: VersionSignature | null): void {
  const reason = list === null || !list.isRequired ? null : whyUnsigned(list, of, signature);
  if (reason !== null) throw refused(reason);
}

function whyForged(of: SignedVersion, signature: VersionSignature): string | null {
  return isVersionSigned(of, signature) ? null : `the signature is not one of this version of "${of.function}"`;
}

function whyRetired(list: SignerList, { signer }: VersionSignature): string | null {
  return findActive(list, signer) === null
    ? `the key ${keyIdOf(signer)} signs no more for tenant "${list.tenant}"`
    : null;
}

function refused(reason: string): SovfnError {
  return new SovfnError('signature-refused', reason, { hint: HINT });
}
