/** The key of a developer who signs versions: Ed25519, in PEM, as OpenSSL makes it. It never leaves this machine. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { SigningKey } from '@sovfn/protocol';
import type { CommandContext } from './context.ts';
import { readNamedFile } from './read-named-file.ts';
import { usageError } from './usage-errors.ts';

export const SIGN_KEY_ARGUMENT = {
  'sign-key': { type: 'string', value: 'file', summary: 'signers.sign-key' },
} as const;

/** `file`, else the one that SOVFN_SIGN_KEY names; null: neither says one. Throws `usage`, `config-not-found`. */
export async function readSigningKey(file: string | null, context: CommandContext): Promise<SigningKey | null> {
  const { SOVFN_SIGN_KEY: inEnvironment = '' } = context.env;
  const named = file ?? (inEnvironment === '' ? null : inEnvironment);
  if (named === null) return null;
  const key = keyOf(await readNamedFile(named, context));
  const { publicKeyText } = await import('@sovfn/protocol/trust/signing');
  if (key?.asymmetricKeyType === 'ed25519') return { key, publicKey: publicKeyText(key) };
  const { say } = context;
  throw usageError(say('signers.bad-key-file', { file: named }), say('signers.bad-key-file.hint'));
}

/** Throws `usage` when none is named, and as `readSigningKey`. */
export async function requireSigningKey(file: string | null, context: CommandContext): Promise<SigningKey> {
  const key = await readSigningKey(file, context);
  if (key !== null) return key;
  throw usageError(context.say('signers.no-key'), context.say('signers.no-key.hint'));
}

/** Null for what is no key. */
function keyOf(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
