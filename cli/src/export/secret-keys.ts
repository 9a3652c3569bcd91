/** The keys that secrets travel under: X25519, in PEM, as OpenSSL makes them. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import {
  type ExportedSecrets,
  type RecipientKey,
  recipientKeySchema,
  SECRET_JWE,
  secretJweHeaderSchema,
} from '@sovfn/protocol';
import { compactDecrypt } from 'jose';
import type { CommandContext } from '../context.ts';
import { readNamedFile } from '../read-named-file.ts';
import { usageError } from '../usage-errors.ts';
import { invalid } from './read-export.ts';

/** Throws `usage` for a file that holds another key, or a private one: that has no place where exports are made. */
export async function readRecipient(file: string, context: CommandContext): Promise<RecipientKey> {
  const pem = await readNamedFile(file, context);
  const { say } = context;
  if (/PRIVATE KEY/.test(pem)) throw usageError(say('export.private-key', { file }), say('export.key.hint'));
  const { kty, crv, x } = keyOf(() => createPublicKey(pem))?.export({ format: 'jwk' }) ?? {};
  const parsed = recipientKeySchema.safeParse({ kty, crv, x });
  if (parsed.success) return parsed.data;
  throw usageError(say('export.bad-key', { file }), say('export.key.hint'));
}

/** Throws `usage` for a file that holds another key. */
export async function readRecipientSecret(file: string, context: CommandContext): Promise<KeyObject> {
  const pem = await readNamedFile(file, context);
  const key = keyOf(() => createPrivateKey(pem));
  if (key?.asymmetricKeyType === 'x25519') return key;
  throw usageError(context.say('import.bad-key', { file }), context.say('export.key.hint'));
}

/** Values by name. Throws `export-invalid`: encrypted for another key, altered, or another secret than it says. */
export async function openSecrets(
  { function: owner, secrets }: ExportedSecrets,
  key: KeyObject,
  { say }: CommandContext,
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const { name, jwe } of secrets) {
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(jwe, key, {
        keyManagementAlgorithms: [SECRET_JWE.alg],
        contentEncryptionAlgorithms: [SECRET_JWE.enc],
      });
      const header = secretJweHeaderSchema.parse(protectedHeader);
      if (header.function !== owner || header.secret !== name) throw new Error(`${header.function} ${header.secret}`);
      values.set(name, Buffer.from(plaintext).toString('utf8'));
    } catch (cause) {
      throw invalid(`functions/${owner}/secrets.json`, say('import.unreadable-secret', { owner, name }), say, cause);
    }
  }
  return values;
}

/** Null for what is no key. */
function keyOf(read: () => KeyObject): KeyObject | null {
  try {
    return read();
  } catch {
    return null;
  }
}
