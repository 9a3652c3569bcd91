/** Makes this machine the node that a bundle names, and renews what it was granted. */
import { setTimeout as delay } from 'node:timers/promises';
import { ensureComponentKey } from '@sovfn/bus';
import {
  type EnrolmentBundle,
  type EnrolmentStatement,
  isSovfnError,
  type NodeGrant,
  PROTOCOL_VERSION,
  SIGNED_KINDS,
  signDocument,
  SovfnError,
} from '@sovfn/protocol';
import { askForGrant, type LinkIdentity } from '../link/link-client.ts';
import type { DataFolder } from '../platform/data-folder.ts';
import { identityDirectory } from '../platform/enrol.ts';
import {
  ensureBusKey,
  type NodePlatform,
  noteNodePlatform,
  readLinkIdentity,
  readNodePlatform,
  storeGrant,
} from './node-files.ts';

const RETRY_MS = 2_000;

export interface EnrolledNode {
  readonly platform: NodePlatform;
  readonly grant: NodeGrant;
  readonly identity: LinkIdentity;
}

/**
 * Throws SovfnError `enrolment-refused` or `platform-unreachable`; `config-invalid` when the folder is another node's. The
 * bundle of the node that the folder already is does no harm: it is renewed.
 */
export async function enrolNode(folder: DataFolder, bundle: EnrolmentBundle): Promise<NodePlatform> {
  const before = await readNodePlatform(folder);
  if (before !== null && before.enrolment === bundle.enrolment) return before;
  if (before !== null) {
    throw new SovfnError('config-invalid', `${folder.path} is the data folder of node "${before.node}" already`, {
      hint: 'Name another folder with --data, or start that node without --enrol.',
    });
  }
  const { node, enrolment, token, link } = bundle;
  const directory = identityDirectory(folder, node);
  const { key, publicKey } = await ensureComponentKey(directory);
  const { publicKey: busPublicKey } = await ensureBusKey(folder);
  const statement: EnrolmentStatement = { v: PROTOCOL_VERSION, node, enrolment, token, publicKey, busPublicKey };
  const signature = signDocument(SIGNED_KINDS.enrolment, statement, key, publicKey);
  const grant = await askForGrant(link, null, { v: PROTOCOL_VERSION, type: 'enrol', statement, signature });
  await storeGrant(folder, directory, grant);
  const platform = { node, enrolment, link };
  await noteNodePlatform(folder, platform);
  return platform;
}

/** With what holds today. Throws SovfnError `enrolment-refused` when the node was removed, or `platform-unreachable`. */
export async function renewNode(folder: DataFolder, platform: NodePlatform): Promise<EnrolledNode> {
  const directory = identityDirectory(folder, platform.node);
  const { publicKey: busPublicKey } = await ensureBusKey(folder);
  const before = await readLinkIdentity(folder, directory);
  const grant = await askForGrant(platform.link, before, { v: PROTOCOL_VERSION, type: 'renew', busPublicKey });
  await storeGrant(folder, directory, grant);
  return { platform, grant, identity: await readLinkIdentity(folder, directory) };
}

/** Machines start in any order: waits for a platform that is not there yet. `onWait` is told once. */
export async function renewWhenReachable(
  folder: DataFolder,
  platform: NodePlatform,
  { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: (reason: string) => void },
): Promise<EnrolledNode> {
  for (let isTold = false; ; isTold = true) {
    try {
      return await renewNode(folder, platform);
    } catch (error) {
      if (!isSovfnError(error) || error.code !== 'platform-unreachable') throw error;
      if (!isTold) onWait(error.message);
    }
    await delay(RETRY_MS, undefined, { signal });
  }
}
