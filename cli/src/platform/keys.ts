/**
 * The secrets of a platform on one machine. The lasting ones are made once, all together; the NATS credentials of gateways
 * and node are issued again at each start, so that they always carry the permissions of this version.
 *
 * Hostile: nobody who can read the folder; it protects against other users of the machine, not against its owner.
 */
import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createBusOperator, createUserCredential, encodeCredential, operatorConfig } from '@sovfn/bus';
import { gatewayPermissions, type Permissions, SovfnError, supervisorPermissions } from '@sovfn/protocol';
import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { readIfThere } from '../read-if-there.ts';
import { writeFileWhole } from './files.ts';
import { GATEWAY_ID, gatewayId, NODE_NAME } from './layout.ts';

const SECRET_BYTES = 32;

const busOperatorSchema = z.strictObject({
  operatorJwt: z.string(),
  operatorSeed: z.string(),
  accountPublicKey: z.string(),
  accountJwt: z.string(),
  accountSeed: z.string(),
  systemAccountPublicKey: z.string(),
  systemAccountJwt: z.string(),
  systemCredential: z.string(),
});

/** Where the secrets lie; every path is a file of mode 0600. */
export interface KeyFiles {
  readonly busOperator: string;
  readonly accountSeed: string;
  readonly gatewayCredential: string;
  readonly nodeCredential: string;
  readonly storeRoot: string;
  readonly storeGateway: string;
  readonly storeNode: string;
  /** May do everything in the tenant that the platform begins with. */
  readonly apiToken: string;
  /** May do everything on the operator's listener. */
  readonly operatorToken: string;
  /** Folder of the tenants' keys. Without them nothing that is encrypted can be read. */
  readonly tenants: string;
  /** Signs the labels of nodes and gateways. Whoever has it can make nodes that this platform believes. */
  readonly platformSigning: string;
}

export interface PlatformKeys {
  readonly files: KeyFiles;
  /** The part of nats.conf that makes the server accept this platform's users; no secret. */
  readonly busConfig: string;
  /** SHA-256 of the tokens, hex. */
  readonly apiTokenSha256: string;
  readonly operatorTokenSha256: string;
  readonly storeSecrets: Readonly<Record<'root' | 'gateway' | 'node', string>>;
}

export interface KeyOptions {
  readonly zones: readonly string[];
  readonly country: string;
  readonly gateways?: number;
}

export function keyFiles(folder: DataFolder): KeyFiles {
  const at = (name: string): string => join(folder.keys, name);
  return {
    busOperator: at('bus-operator.json'),
    accountSeed: at('account.seed'),
    gatewayCredential: gatewayCredentialFile(folder, GATEWAY_ID),
    nodeCredential: at(`${NODE_NAME}.creds`),
    storeRoot: at('store-root.secret'),
    storeGateway: at('store-gateway.secret'),
    storeNode: at('store-node.secret'),
    apiToken: at('api.token'),
    operatorToken: at('operator.token'),
    tenants: at('tenants'),
    platformSigning: at('platform-signing.key'),
  };
}

export const gatewayCredentialFile = (folder: DataFolder, id: string): string => join(folder.keys, `${id}.creds`);

/** `zones`: of gateways and node. `country`: of the machine. `gateways`: how many. */
export async function prepareKeys(
  folder: DataFolder,
  { zones, country, gateways = 1 }: KeyOptions,
): Promise<PlatformKeys> {
  const files = keyFiles(folder);
  const isMade = await access(folder.keys).then(
    () => true,
    () => false,
  );
  if (!isMade) await makeLastingKeys(folder);
  // Folders of before the operator had a listener have none.
  if ((await readIfThere(files.operatorToken)) === null) await writeFileWhole(files.operatorToken, newToken());
  const operator = await readOperator(files.busOperator);
  const issue = async (file: string, name: string, permissions: Permissions): Promise<void> => {
    const grant = { accountSeed: operator.accountSeed, name, permissions, expiresAt: null };
    await writeFileWhole(file, encodeCredential(await createUserCredential(grant)));
  };
  const ids = Array.from({ length: gateways }, (_, position) => gatewayId(position + 1));
  for (const id of ids) await issue(gatewayCredentialFile(folder, id), id, gatewayPermissions(id, zones));
  await removeOtherCredentials(folder, ids);
  await issue(files.nodeCredential, NODE_NAME, supervisorPermissions(NODE_NAME, zones, country));
  return {
    files,
    busConfig: operatorConfig(operator),
    apiTokenSha256: await digestOf(files.apiToken),
    operatorTokenSha256: await digestOf(files.operatorToken),
    storeSecrets: {
      root: await readSecret(files.storeRoot),
      gateway: await readSecret(files.storeGateway),
      node: await readSecret(files.storeNode),
    },
  };
}

/** Of gateways that ran at earlier starts. */
async function removeOtherCredentials(folder: DataFolder, ids: readonly string[]): Promise<void> {
  const others = (await readdir(folder.keys)).filter((name) => {
    return /^gw-\d+\.creds$/.test(name) && !ids.includes(name.slice(0, -'.creds'.length));
  });
  for (const name of others) await rm(join(folder.keys, name), { force: true });
}

export async function readSecret(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim();
}

/** In a folder beside, published by one rename: an interrupted first start leaves no half of the keys. */
async function makeLastingKeys(folder: DataFolder): Promise<void> {
  const draft = { ...folder, keys: `${folder.keys}.partial` };
  await rm(draft.keys, { recursive: true, force: true });
  await mkdir(draft.keys, { mode: 0o700 });
  const files = keyFiles(draft);
  const operator = await createBusOperator('sovfn');
  await writeFileWhole(files.busOperator, JSON.stringify(operator, null, 2));
  await writeFileWhole(files.accountSeed, operator.accountSeed);
  await writeFileWhole(files.apiToken, newToken());
  await writeFileWhole(files.operatorToken, newToken());
  for (const file of [files.storeRoot, files.storeGateway, files.storeNode]) await writeFileWhole(file, newSecret());
  await rename(draft.keys, folder.keys);
}

async function digestOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readSecret(file))
    .digest('hex');
}

function newToken(): string {
  return `sovfn_${newSecret()}`;
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Throws SovfnError `config-invalid`. */
export async function readOperator(file: string): Promise<z.output<typeof busOperatorSchema>> {
  try {
    return busOperatorSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new SovfnError('config-invalid', `${file} does not hold the keys of this platform's NATS`, {
      cause,
      hint: 'Restore the keys folder from a backup; without it the data in the folder cannot be served.',
    });
  }
}
