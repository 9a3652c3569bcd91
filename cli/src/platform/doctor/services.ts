/** Checks of what the running platform answers: its processes, the control API, the gateway, the nodes. */
import { connectBus, decodeCredential, identityFiles, NodeRegistry, readLabels, readPlatformKey } from '@sovfn/bus';
import { inboxPrefix } from '@sovfn/protocol';
import { readFile } from 'node:fs/promises';
import { identityDirectory } from '../enrol.ts';
import { keyFiles } from '../keys.ts';
import { GATEWAY_ID } from '../layout.ts';
import { LOOPBACK } from '../../servers/free-port.ts';
import { isPartRunning, type PlatformRecord } from '../record.ts';
import { SOVFN_VERSION } from '../version.ts';
import { type DoctorCheck, type DoctorContext, fail, ok, warn } from './check.ts';

/** Labels that expire sooner are worth a word. */
const LABELS_WARN_MS = 30 * 86_400_000;

export function checkParts({ running, folder }: DoctorContext): DoctorCheck {
  if (running === null) return warn('platform', `no platform runs in ${folder.path}`, 'Start it with `sovfn up`.');
  if (running.readyAt === null) return warn('platform', 'the platform is starting', 'Ask again in a moment.');
  const dead = running.parts.filter((part) => !isPartRunning(part)).map(({ name }) => name);
  const detail = `sovfn ${running.version} runs at ${running.urls.public}`;
  if (dead.length === 0 && running.version === SOVFN_VERSION) return ok('platform', detail);
  if (dead.length === 0) {
    const own = `${detail}; this command is of sovfn ${SOVFN_VERSION}`;
    return warn('platform', own, 'Start the platform again with `sovfn up`, so that both are of one version.');
  }
  const hint = `Read ${dead.map((name) => `${folder.logs}/${name}.log`).join(' and ')}.`;
  return fail('platform', `not running: ${dead.join(', ')}; they are being started again`, hint);
}

/** Those of the gateway; nodes show theirs to everybody (`checkNodes`). */
export async function checkGatewayLabels({ folder }: DoctorContext): Promise<DoctorCheck> {
  const { labels } = await readLabels(identityFiles(identityDirectory(folder, GATEWAY_ID)).labels);
  const detail = `the labels of ${GATEWAY_ID} are valid until ${labels.expiresAt}`;
  const hint = 'Start the platform again: `sovfn up` issues new ones. Without valid labels no gateway runs.';
  const leftMs = Date.parse(labels.expiresAt) - Date.now();
  if (leftMs <= 0) return fail('labels', detail, hint);
  return leftMs < LABELS_WARN_MS ? warn('labels', detail, hint) : ok('labels', detail);
}

/** How firmly cells are confined, as the nodes themselves report it. */
export async function checkNodes({ folder }: DoctorContext, running: PlatformRecord): Promise<DoctorCheck> {
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
    if (nodes.length === 0) return fail('nodes', 'no node has reported itself lately', `Read ${folder.logs}/node.log.`);
    const expiring = nodes.find(({ labels }) => Date.parse(labels.labels.expiresAt) - Date.now() < LABELS_WARN_MS);
    if (expiring !== undefined) {
      const until = `the labels of ${expiring.name} are valid until ${expiring.labels.labels.expiresAt}`;
      return warn(
        'nodes',
        until,
        'Start the platform again: `sovfn up` issues new ones. Without valid labels no node runs.',
      );
    }
    const detail = nodes.map(({ name, zones, lockLevel }) => `${name} (${zones.join(', ')}): lock level ${lockLevel}`);
    if (nodes.every(({ lockLevel }) => lockLevel > 1)) return ok('nodes', detail.join('; '));
    const hint =
      'At level 1 tenants are apart by process only: give tenants who do not trust each other nodes of their own.';
    return warn('nodes', detail.join('; '), hint);
  } finally {
    await connection.close();
  }
}
