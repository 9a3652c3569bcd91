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
export function checkNodes(nodes: readonly NodeRecord[], { folder, say }: DoctorContext): DoctorCheck {
  if (nodes.length === 0)
    return fail('nodes', say('doctor.nodes.none'), say('doctor.read-logs', { files: `${folder.logs}/node.log` }));
  const now = new Date();
  const expiring = nodes.find(({ labels }) => stateOfExpiry(new Date(labels.labels.expiresAt), now) !== 'ok');
  if (expiring !== undefined) {
    const until = { node: expiring.name, date: expiring.labels.labels.expiresAt };
    return warn('nodes', say('doctor.nodes.expiring', until), say('doctor.nodes.expiring.hint'));
  }
  const detail = nodes.map(({ name: node, zones, lockLevel: level, brokerLockLevel: broker }) => {
    const facts = { node, zones: zones.join(', '), level };
    return broker === null ? say('doctor.nodes.level', facts) : say('doctor.nodes.levels', { ...facts, broker });
  });
  if (nodes.every(({ lockLevel, brokerLockLevel }) => Math.min(lockLevel, brokerLockLevel ?? lockLevel) > 1))
    return ok('nodes', detail.join('; '));
  return warn('nodes', detail.join('; '), say('doctor.nodes.unlocked.hint'));
}

/** Command line, platform and nodes: a release is tested with itself only. */
export function checkVersions(
  nodes: readonly NodeRecord[],
  { version: platform }: Pick<PlatformRecord, 'version'>,
  { say }: Pick<DoctorContext, 'say'>,
  own = SOVFN_VERSION,
): DoctorCheck {
  const others = nodes.filter(({ software }) => software?.sovfn !== platform);
  const listed = nodes.map(({ name, software }) => `, ${name} ${software?.sovfn ?? say('doctor.not-stated')}`);
  const detail = say('doctor.versions', { own, platform, nodes: listed.join('') });
  if (own === platform && others.length === 0) return ok('versions', detail);
  const hints = [
    ...(own === platform ? [] : [say('doctor.versions.platform.hint')]),
    ...(others.length === 0
      ? []
      : [
          say('doctor.versions.nodes.hint', {
            version: platform,
            nodes: others.map(({ name }) => name).join(', '),
          }),
        ]),
  ];
  return warn('versions', detail, hints.join(' '));
}
