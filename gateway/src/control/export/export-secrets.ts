/**
 * Secrets on their way to their owner: encrypted for a key whose private half the platform never had.
 *
 * Guarantees: a value leaves encrypted only, and opens as the secret of the function that it is.
 * Not guaranteed: that the key is the owner's: who asks names it, and needs the scope `export`.
 */
import { type ExportedSecrets, PROTOCOL_VERSION, type RecipientKey, SECRET_JWE } from '@sovfn/protocol';
import { CompactEncrypt, importJWK } from 'jose';
import type { FunctionName } from '../../outputs/output-address.ts';
import type { SecretStore } from '../../secrets/secret-store.ts';

/** Throws `secret-unreadable` or `key-unavailable`. */
export async function exportSecrets(
  secrets: SecretStore,
  of: FunctionName,
  recipient: RecipientKey,
): Promise<ExportedSecrets> {
  const key = await importJWK(recipient, SECRET_JWE.alg);
  const exported: ExportedSecrets['secrets'] = [];
  for (const { name, setAt } of secrets.list(of)) {
    const { version, value } = await secrets.current(of, name);
    if (value === null) continue;
    const header = { ...SECRET_JWE, function: of.function, secret: name };
    const jwe = await new CompactEncrypt(Buffer.from(value, 'utf8')).setProtectedHeader(header).encrypt(key);
    exported.push({ name, version, setAt, jwe });
  }
  return { v: PROTOCOL_VERSION, function: of.function, secrets: exported };
}
