/**
 * The platform's own certificates, in `tls/` of its data folder: an authority that signs nodes, and the certificate of the
 * port for nodes. The latter is replaced by putting another `server.pem`, `server.key` and `server-ca.pem` there.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publicKeyOf, SovfnError } from '@sovfn/protocol';
import { writeFileWhole } from '../platform/files.ts';
import { issueCertificate } from './certificate.ts';
import { readIfThere } from '../read-if-there.ts';

export const AUTHORITY_NAME = 'sovfn platform';
/** Name of the platform in the certificate that it makes itself: it need not know under which address nodes reach it. */
const OWN_SERVER_NAME = 'sovfn-platform';
const AUTHORITY_MS = 20 * 365 * 86_400_000;
/** Made anew at each start. */
const SERVER_MS = 2 * 365 * 86_400_000;
/** Clocks of nodes may be behind. */
const MARGIN_MS = 3_600_000;

export interface LinkAuthority {
  /** PEM: what nodes' certificates are signed with. */
  readonly certificate: string;
  readonly key: KeyObject;
}

export interface ServerCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  /** Null: it was made elsewhere, and names the host that nodes connect to. */
  readonly serverName: string | null;
}

const files = (folder: string) => ({
  authorityKey: join(folder, 'authority.key'),
  authority: join(folder, 'authority.pem'),
  serverKey: join(folder, 'server.key'),
  server: join(folder, 'server.pem'),
  serverCa: join(folder, 'server-ca.pem'),
});

/** Made at the first time. */
export async function openLinkAuthority(folder: string, now = new Date()): Promise<LinkAuthority> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { authorityKey, authority } = files(folder);
  const stored = await readIfThere(authorityKey);
  if (stored !== null) return { key: createPrivateKey(stored), certificate: await readFile(authority, 'utf8') };
  const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
  const certificate = issueCertificate({
    ...{ subject: AUTHORITY_NAME, issuer: AUTHORITY_NAME, publicKey, issuerKey: key, use: 'authority', names: [] },
    ...periodFrom(now, AUTHORITY_MS),
  });
  await writeFileWhole(authority, certificate);
  await writeFileWhole(authorityKey, pemOf(key));
  return { key, certificate };
}

/** Own ones are made anew; ones that were put there are checked. Throws SovfnError `config-invalid`. */
export async function openServerCertificate(
  folder: string,
  authority: LinkAuthority,
  now = new Date(),
): Promise<ServerCertificate> {
  const { serverKey, server, serverCa } = files(folder);
  const ca = (await readIfThere(serverCa)) ?? authority.certificate;
  if (ca.trim() !== authority.certificate.trim()) return readGiven(folder, ca);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const cert = issueCertificate({
    ...{ subject: OWN_SERVER_NAME, issuer: AUTHORITY_NAME, publicKey, issuerKey: authority.key },
    ...{ use: 'server', names: [OWN_SERVER_NAME], ...periodFrom(now, SERVER_MS) },
  });
  const key = pemOf(privateKey);
  await writeFileWhole(server, cert);
  await writeFileWhole(serverKey, key);
  await writeFileWhole(serverCa, ca);
  return { cert, key, ca, serverName: OWN_SERVER_NAME };
}

/** What `nodes add` writes into a bundle, while the platform runs. */
export async function readServerAuthority(folder: string): Promise<Pick<ServerCertificate, 'ca' | 'serverName'>> {
  const { serverCa, authority } = files(folder);
  const [ca, own] = await Promise.all([readFile(serverCa, 'utf8'), readFile(authority, 'utf8')]);
  return { ca, serverName: ca.trim() === own.trim() ? OWN_SERVER_NAME : null };
}

/** For the key of a node, as long as its labels hold. PEM. */
export function issueNodeCertificate(
  authority: LinkAuthority,
  node: { readonly name: string; readonly publicKey: string; readonly issuedAt: Date; readonly expiresAt: Date },
): string {
  return issueCertificate({
    ...{ subject: node.name, publicKey: publicKeyOf(node.publicKey), use: 'client', names: [] },
    ...{ issuer: AUTHORITY_NAME, issuerKey: authority.key },
    ...{ notBefore: new Date(node.issuedAt.getTime() - MARGIN_MS), notAfter: node.expiresAt },
  });
}

async function readGiven(folder: string, ca: string): Promise<ServerCertificate> {
  const { serverKey, server } = files(folder);
  try {
    const [cert, key] = await Promise.all([readFile(server, 'utf8'), readFile(serverKey, 'utf8')]);
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
      throw new Error('key and certificate differ');
    createPublicKey(ca);
    return { cert, key, ca, serverName: null };
  } catch (cause) {
    const what = `${server} and ${serverKey} cannot be used for the port for nodes: ${(cause as Error).message}`;
    throw new SovfnError('config-invalid', what, {
      cause,
      hint: 'Put a certificate, its key and the authority (server-ca.pem) there, or remove all three to have them made.',
    });
  }
}

const periodFrom = (now: Date, ms: number) => ({
  notBefore: new Date(now.getTime() - MARGIN_MS),
  notAfter: new Date(now.getTime() + ms),
});

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
