/**
 * The platform's signing key: it signs the labels of nodes and gateways, and nothing else. Held where components are enrolled,
 * by no component.
 */
import type { KeyObject } from 'node:crypto';
import {
  isSovfnError,
  issueLabels,
  type LabelsRequest,
  type NamedZone,
  type Place,
  publicJwk,
  readableJson,
  type SignedLabels,
  SovfnError,
} from '@sovfn/protocol';
import { ensureComponentKey, ensureKeyFile, identityFiles, readPlatformKey } from './component-identity.ts';
import { writeFileWhole } from './write-file-whole.ts';

export interface PlatformSigner {
  readonly key: KeyObject;
  readonly publicKey: string;
}

export interface Enrolment {
  /** Directory of the component alone. */
  readonly directory: string;
  readonly role: LabelsRequest['role'];
  readonly name: string;
  readonly place: Place;
  /** Of the platform: the labels carry those that the place satisfies. */
  readonly namedZones?: readonly NamedZone[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

const PUBLIC_MODE = 0o644;

/**
 * The key in `keyFile`, made when there is none; its public half in `publicFile`, for nodes, gateways and auditors. Throws
 * SovfnError `config-invalid` when that one is of another key: what was signed before could not be verified any more.
 */
export async function openPlatformSigner(keyFile: string, publicFile: string): Promise<PlatformSigner> {
  const published = await readPublished(publicFile);
  const { key, publicKey } = await ensureKeyFile(keyFile, published === null);
  if (published !== null && published !== publicKey) throw notTheKeyOf(publicFile, keyFile);
  await writeFileWhole(publicFile, readableJson(publicJwk(publicKey)), PUBLIC_MODE);
  return { key, publicKey };
}

/** Lets a component of this machine make its key, and gives it labels for it. */
export async function enrolComponent(signer: PlatformSigner, enrolment: Enrolment): Promise<SignedLabels> {
  const { directory, role, name, place, namedZones = [], issuedAt, expiresAt } = enrolment;
  const { publicKey } = await ensureComponentKey(directory);
  const options = { platformKey: signer.key, platformPublicKey: signer.publicKey, namedZones, issuedAt, expiresAt };
  const signed = issueLabels({ role, name, publicKey }, place, options);
  await writeFileWhole(identityFiles(directory).labels, readableJson(signed));
  return signed;
}

async function readPublished(publicFile: string): Promise<string | null> {
  try {
    return await readPlatformKey(publicFile);
  } catch (error) {
    if (isSovfnError(error) && error.code === 'config-not-found') return null;
    throw error;
  }
}

function notTheKeyOf(publicFile: string, keyFile: string): SovfnError {
  return new SovfnError('config-invalid', `the signing key ${keyFile} is not the one of ${publicFile}`, {
    hint: 'Restore the keys folder from a backup. Receipts of before can be verified with the old public key only.',
  });
}
