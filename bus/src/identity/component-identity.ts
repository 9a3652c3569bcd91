/**
 * Who a node or a gateway is: a key that it has made itself, and labels that the platform signed for that key.
 *
 * Guarantees: the private key never leaves the component's own directory; nobody gets an identity whose labels are absent,
 * expired, forged, of another platform or for another key.
 * Hostile: the labels file, which may come from anywhere; not the directory's owner, nor the platform key's file.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  describeIssues,
  assertLabelsOf,
  assertLabelsSigned,
  assertLabelsValid,
  assertZonesSatisfied,
  documentDigest,
  type Labels,
  publicJwkSchema,
  publicKeyText,
  type SignedLabels,
  signedLabelsSchema,
  SovfnError,
  jsonOrNull,
} from '@sovfn/protocol';
import { z } from 'zod';

/** Part of the configuration of nodes and gateways. */
export const identityConfigSchema = z.strictObject({
  /** Directory of this component alone: its key, which it makes itself, and its labels. */
  directory: z.string().min(1),
  /** Public key of the platform: a JSON Web Key. */
  platformKeyFile: z.string().min(1),
});
export type IdentityConfig = z.output<typeof identityConfigSchema>;

export interface ComponentIdentity {
  readonly key: KeyObject;
  /** 32 bytes, base64url. */
  readonly publicKey: string;
  /** Of the platform: whom to believe. */
  readonly platformPublicKey: string;
  readonly signed: SignedLabels;
  /** SHA-256 of labels and signature. */
  readonly labelsSha256: string;
}

const PRIVATE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

export const identityFiles = (directory: string) => ({
  key: join(directory, 'identity.key'),
  labels: join(directory, 'labels.json'),
});

/** The component's key; made at the first time. Throws SovfnError `labels-invalid` when the file holds something else. */
export async function ensureComponentKey(directory: string): Promise<{ key: KeyObject; publicKey: string }> {
  await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
  return ensureKeyFile(identityFiles(directory).key);
}

/** `mayMake`: at the first time. Throws SovfnError `config-not-found`, or `labels-invalid` for a file of something else. */
export async function ensureKeyFile(file: string, mayMake = true): Promise<{ key: KeyObject; publicKey: string }> {
  const stored = await readIfThere(file);
  if (stored === null && !mayMake) {
    throw new SovfnError('config-not-found', `the private key ${file} is gone`, { hint: 'Restore it from a backup.' });
  }
  const key = stored === null ? await makeKey(file) : readKey(file, stored);
  return { key, publicKey: publicKeyText(key) };
}

/**
 * Throws SovfnError `labels-missing`, `labels-invalid`, `labels-foreign`, `labels-forged`, `labels-wrong-key`,
 * `labels-expired` or `zone-unsatisfied`: each says what to do.
 */
export async function openIdentity(
  config: IdentityConfig,
  { role, name, zones }: { readonly role: Labels['role']; readonly name: string; readonly zones: readonly string[] },
  now = new Date(),
): Promise<ComponentIdentity> {
  const platformPublicKey = await readPlatformKey(config.platformKeyFile);
  const { key, publicKey } = await ensureComponentKey(config.directory);
  const signed = await readLabels(identityFiles(config.directory).labels);
  assertLabelsSigned(signed, platformPublicKey);
  assertLabelsOf(signed, { role, name, publicKey });
  assertLabelsValid(signed.labels, now);
  assertZonesSatisfied(signed.labels, zones);
  return { key, publicKey, platformPublicKey, signed, labelsSha256: documentDigest(signed) };
}

/** The public key in a file that `sovfn up` writes. Throws SovfnError `config-not-found` or `config-invalid`. */
export async function readPlatformKey(file: string): Promise<string> {
  const text = await readIfThere(file);
  if (text === null) {
    throw new SovfnError('config-not-found', `the platform's public key cannot be read from ${file}`, {
      hint: 'It is platform-key.json in the data folder of the platform.',
    });
  }
  const parsed = publicJwkSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data.x;
  throw new SovfnError('config-invalid', `${file} is not the public key of a platform`, { cause: parsed.error });
}

export async function readLabels(file: string): Promise<SignedLabels> {
  const text = await readIfThere(file);
  if (text === null) {
    throw new SovfnError('labels-missing', `there are no labels at ${file}`, {
      hint: 'Labels say where a component runs and who operates it; without them it may serve no zone. `sovfn up` issues them.',
    });
  }
  const parsed = signedLabelsSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  throw new SovfnError('labels-invalid', `${file} does not hold labels: ${describeIssues(parsed.error)}`, {
    hint: 'Have them issued again: `sovfn up` does so at each start.',
  });
}

async function makeKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFile(file, text, { mode: PRIVATE_MODE, flag: 'wx', flush: true });
  return privateKey;
}

function readKey(file: string, text: string): KeyObject {
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below.
  }
  throw new SovfnError('labels-invalid', `${file} does not hold an Ed25519 private key`, {
    hint: 'Remove the file and the labels beside it, and enrol the component again.',
  });
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
