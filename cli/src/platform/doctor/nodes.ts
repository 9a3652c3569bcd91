/** Checks of the nodes, as they report themselves. */
import { connectBus, decodeCredential, NodeRegistry, readPlatformKey } from '@sovfn/bus';
import { inboxPrefix, type NodeRecord } from '@sovfn/protocol';
import { readFile } from 'node:fs/promises';
import { LOOPBACK } from '../../servers/free-port.ts';
import { keyFiles } from '../keys.ts';
import { GATEWAY_ID } from '../layout.ts';
import type { PlatformRecord } from '../record.ts';
import { SOVFN_VERSION } from '../version.ts';
import { type DoctorCheck, type DoctorContext, fail, ok, stateOfExpiry, warn } from './check.ts';

/** Those that are heard. */
export async function readNodes({ folder }: DoctorContext, running: PlatformRecord): Promise<NodeRecord[]> {
  const connection = await connectBus({
    address: { host: LOOPBACK, port: running.ports.bus },
    credential: decodeCredential(await readFile(keyFiles(folder).gatewayCredential, 'utf8')),
    name: 'doctor',
    inboxPrefix: `${inboxPrefix('gateway')}.${GATEWAY_ID}`,
  });
  try {
    const registry = await NodeRegistry.open(connection, await readPlatformKey(folder.platformKey), () => undefined);
    const nodes = registry.all();
    registry.close();
    return nodes;
  } finally {
    await connection.close();
  }
}

/** How firmly cells are confined, and how long the labels hold. */
export function checkNodes(nodes: readonly NodeRecord[], { folder }: DoctorContext): DoctorCheck {
  if (nodes.length === 0) return fail('nodes', 'no node has reported itself lately', `Read ${folder.logs}/node.log.`);
  const now = new Date();
  const expiring = nodes.find(({ labels }) => stateOfExpiry(new Date(labels.labels.expiresAt), now) !== 'ok');
  if (expiring !== undefined) {
    const until = `the labels of ${expiring.name} are valid until ${expiring.labels.labels.expiresAt}`;
    return warn(
      'nodes',
      until,
      'Start that node again: it gets new ones, from `sovfn up` on this machine. Without valid labels no node runs.',
    );
  }
  const detail = nodes.map(({ name, zones, lockLevel, brokerLockLevel }) => {
    const broker = brokerLockLevel === null ? '' : `, broker ${brokerLockLevel}`;
    return `${name} (${zones.join(', ')}): lock level ${lockLevel}${broker}`;
  });
  if (nodes.every(({ lockLevel, brokerLockLevel }) => Math.min(lockLevel, brokerLockLevel ?? lockLevel) > 1))
    return ok('nodes', detail.join('; '));
  const hint =
    'At level 1 tenants are apart by process only: give tenants who do not trust each other nodes of their own.';
  return warn('nodes', detail.join('; '), hint);
}

/** Command line, platform and nodes: a release is tested with itself only. */
export function checkVersions(
  nodes: readonly NodeRecord[],
  { version: platform }: Pick<PlatformRecord, 'version'>,
  own = SOVFN_VERSION,
): DoctorCheck {
  const others = nodes.filter(({ software }) => software?.sovfn !== platform);
  const all = [
    `command line ${own}`,
    `platform ${platform}`,
    ...nodes.map((node) => `${node.name} ${versionOf(node)}`),
  ];
  const detail = `sovfn of the ${all.join(', ')}`;
  if (own === platform && others.length === 0) return ok('versions', detail);
  const hints = [
    ...(own === platform ? [] : ['Start the platform again with the `sovfn up` of the version that is to run.']),
    ...(others.length === 0
      ? []
      : [`Install sovfn ${platform} for ${others.map(({ name }) => name).join(', ')}, and start them again.`]),
  ];
  return warn('versions', detail, hints.join(' '));
}

const versionOf = ({ software }: NodeRecord): string => software?.sovfn ?? 'not stated';
