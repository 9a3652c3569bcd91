/** What a node of another host keeps in its data folder: its key, what the platform granted it, where the platform is. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createUserKey, encodeCredential, ensureComponentKey, identityFiles } from '@sovfn/bus';
import {
  type EnrolmentBundle,
  enrolmentBundleSchema,
  linkAddressSchema,
  nameSchema,
  type NodeGrant,
  readableJson,
  SovfnError,
  jsonOrNull,
} from '@sovfn/protocol';
import { fromSeed } from '@nats-io/nkeys';
import { z } from 'zod';
import type { LinkIdentity } from '../link/link-client.ts';
import type { DataFolder } from '../platform/data-folder.ts';
import { writeFileWhole } from '../platform/files.ts';
import { readIfThere } from '../read-if-there.ts';

const platformSchema = z.strictObject({
  v: z.literal(1),
  node: nameSchema,
  enrolment: z.string(),
  link: linkAddressSchema,
});
/** Which node this folder is, and of which platform. */
export type NodePlatform = Omit<z.output<typeof platformSchema>, 'v'>;

export const nodeFiles = (folder: DataFolder) => ({
  platform: join(folder.path, 'platform.json'),
  busSeed: join(folder.keys, 'bus.seed'),
  busCredential: join(folder.keys, 'bus.creds'),
  storeSecret: join(folder.keys, 'store.secret'),
  certificate: join(folder.tls, 'node.pem'),
});

/** Throws SovfnError `config-invalid`, naming the file, without repeating what is in the file: it holds a secret. */
export function parseEnrolment(file: string, text: string): EnrolmentBundle {
  const parsed = enrolmentBundleSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  throw new SovfnError('config-invalid', `${file} is no bundle of \`sovfn nodes add\``, {
    hint: 'Make one where the platform runs, and bring the whole file here.',
  });
}

/** Null before the node has enrolled. */
export async function readNodePlatform(folder: DataFolder): Promise<NodePlatform | null> {
  const file = nodeFiles(folder).platform;
  const text = await readIfThere(file);
  if (text === null) return null;
  const parsed = platformSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  throw new SovfnError('config-invalid', `${file} does not say which platform the node is of`, {
    hint: 'Enrol the machine again, with another data folder.',
  });
}

export async function noteNodePlatform(folder: DataFolder, platform: NodePlatform): Promise<void> {
  await writeFileWhole(nodeFiles(folder).platform, JSON.stringify({ v: 1, ...platform }, null, 2));
}

/** Of its NATS user; made at the first time. The seed never leaves the folder. */
export async function ensureBusKey(
  folder: DataFolder,
): Promise<{ readonly publicKey: string; readonly seed: Uint8Array }> {
  const file = nodeFiles(folder).busSeed;
  const stored = await readIfThere(file);
  if (stored === null) await writeFileWhole(file, createUserKey().seed);
  const seed = Buffer.from(stored ?? (await readFile(file, 'utf8')), 'utf8');
  return { publicKey: fromSeed(seed).getPublicKey(), seed };
}

/** Puts what the platform granted where the supervisor reads it. */
export async function storeGrant(folder: DataFolder, directory: string, grant: NodeGrant): Promise<void> {
  const files = nodeFiles(folder);
  const { seed } = await ensureBusKey(folder);
  await writeFileWhole(files.busCredential, encodeCredential({ jwt: grant.busJwt, seed }));
  await writeFileWhole(files.storeSecret, grant.store.secretKey);
  await writeFileWhole(files.certificate, grant.certificate);
  await writeFileWhole(identityFiles(directory).labels, readableJson(grant.labels));
  await writeFile(folder.platformKey, readableJson(grant.platformKey));
  await chmod(folder.platformKey, 0o644);
}

/** For TLS: the node's own key, and the certificate for it. */
export async function readLinkIdentity(folder: DataFolder, directory: string): Promise<LinkIdentity> {
  const { key } = await ensureComponentKey(directory);
  const certificate = await readFile(nodeFiles(folder).certificate, 'utf8');
  return { key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate };
}
