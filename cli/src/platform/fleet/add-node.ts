/** Invites a machine to become a node: what the platform has to know of it before, and the bundle that it enrols with. */
import { randomBytes } from 'node:crypto';
import { type EnrolmentBundle, PROTOCOL_VERSION, type SetEnrolmentRequest, SovfnError, zonesOf } from '@sovfn/protocol';
import { readServerAuthority } from '../../link/link-authority.ts';
import { dataFolder, type DataFolder } from '../data-folder.ts';
import { type DeclaredPlace, placeOf, placeOfMachine } from '../enrol.ts';
import { keyFiles, readSecret } from '../keys.ts';
import { NODE_NAME } from '../layout.ts';
import { ensureStoreUser, type MinioRoot } from '../minio-admin.ts';
import { LOOPBACK } from '../../servers/free-port.ts';
import { type PlatformRecord, readRecord } from '../record.ts';
import { nodeStoreUser, STORE_USERS } from '../store-users.ts';
import { updateAccountSigners } from './account-signers.ts';
import { tokenDigest } from './admission.ts';
import { type EnrolmentRecord, readEnrolment, withEnrolments, writeEnrolment } from './enrolments.ts';
import { namedZonesOf } from './named-zones.ts';
import { type HostPort, readFleetSettings, zonesOfPlatform } from './settings.ts';

export interface AddNodeOptions {
  /** Data folder of the platform, which runs on this machine. */
  readonly data: string;
  /** A name, which the caller has checked. */
  readonly node: string;
  readonly place: DeclaredPlace & { readonly country: string };
  /** Null: all zones of the platform that the place satisfies. */
  readonly zones: readonly string[] | null;
  /** Where the node finds the platform; null: where that listens. */
  readonly address: HostPort | null;
  readonly validMs: number;
  /** Tells the gateways. */
  readonly tellGateways: (node: string, state: SetEnrolmentRequest) => Promise<unknown>;
}

const ENROLMENT_BYTES = 16;
const SECRET_BYTES = 32;
const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

/**
 * Returns the bundle, which is nowhere else. Throws SovfnError `node-exists`, `zone-unsatisfied`, `config-invalid`, or
 * `no-platform` when the platform does not run here or does not listen for nodes.
 */
export async function addNode(options: AddNodeOptions): Promise<EnrolmentBundle> {
  const { node, validMs } = options;
  const folder = dataFolder(options.data);
  const platform = requireRunning(folder);
  const settings = await readFleetSettings(folder);
  const { listenNodes } = settings;
  if (listenNodes === null) throw notListening();
  const place = placeOf(options.place, null);
  const machine = await placeOfMachine(folder, {});
  const served = zonesOfPlatform(machine, settings, await namedZonesOf(folder, machine));
  const allowed = zonesOf(place, await namedZonesOf(folder, place));
  const zones = chooseZones(allowed, options.zones, served);
  const link = await linkOf(folder, options.address, listenNodes);
  const token = randomBytes(SECRET_BYTES).toString('base64url');
  const enrolment = randomBytes(ENROLMENT_BYTES).toString('hex');
  const expiresAt = new Date(Date.now() + validMs).toISOString();
  const record: EnrolmentRecord = {
    ...{ v: 1, node, enrolment, state: 'invited', place, zones, tokenSha256: tokenDigest(token), expiresAt },
    ...{ publicKey: null, enrolledAt: null, storeSecret: randomBytes(SECRET_BYTES).toString('base64url') },
  };
  await withEnrolments(folder, async () => {
    await assertFree(folder, node);
    await ensureStoreUser(await storeRoot(folder, platform), nodeStoreUser(node, record.storeSecret));
    await options.tellGateways(node, { v: PROTOCOL_VERSION, enrolment, zones, state: 'admitted' });
    await writeEnrolment(folder, record);
    await updateAccountSigners(folder, platform.ports.bus);
  });
  return { v: PROTOCOL_VERSION, type: 'sovfn-enrolment', node, enrolment, token, link, expiresAt };
}

/** The record of the platform that runs with this data. Throws SovfnError `no-platform`. */
export function requireRunning(folder: DataFolder): PlatformRecord {
  const record = readRecord(folder);
  if (record !== null && record.readyAt !== null) return record;
  throw new SovfnError('no-platform', `no platform runs on this machine with the data of ${folder.path}`, {
    hint: 'Nodes are added and removed where the platform runs: start it with `sovfn up`, or name its folder with --data.',
  });
}

export async function storeRoot(folder: DataFolder, { ports }: PlatformRecord): Promise<MinioRoot> {
  const secretKey = await readSecret(keyFiles(folder).storeRoot);
  return { host: LOOPBACK, port: ports.store, accessKey: STORE_USERS.root, secretKey };
}

async function assertFree(folder: DataFolder, node: string): Promise<void> {
  const before = await readEnrolment(folder, node);
  const isFree = node !== NODE_NAME && (before === null || before.state === 'removed');
  if (isFree) return;
  const who = node === NODE_NAME ? 'is the one that runs with the platform' : `is ${before!.state} since before`;
  throw new SovfnError('node-exists', `node "${node}" ${who}`, {
    hint: 'Name another, or remove that one with `sovfn nodes remove`.',
  });
}

function chooseZones(
  allowed: readonly string[],
  wanted: readonly string[] | null,
  served: readonly string[],
): string[] {
  const zones = wanted ?? served.filter((zone) => allowed.includes(zone));
  const wrong = zones.find((zone) => !allowed.includes(zone) || !served.includes(zone));
  if (zones.length > 0 && wrong === undefined) return [...zones];
  const what = wrong === undefined ? 'the node could serve no zone' : `the node cannot serve zone "${wrong}"`;
  throw new SovfnError(
    'zone-unsatisfied',
    `${what}: its labels satisfy ${allowed.join(', ')}; the platform serves ${served.join(', ')}`,
    { hint: 'Zones of the platform are named with `sovfn up --zones`.' },
  );
}

async function linkOf(
  folder: DataFolder,
  address: HostPort | null,
  listens: HostPort,
): Promise<EnrolmentBundle['link']> {
  const { host, port } = address ?? listens;
  if (ANY_ADDRESS.has(host)) {
    throw new SovfnError('config-invalid', `the platform listens for nodes on every address (${host})`, {
      hint: 'Say with --address under which one the node reaches it, such as --address platform.example.fr:4443.',
    });
  }
  const { ca: serverCa, serverName } = await readServerAuthority(folder.tls);
  return { host, port, serverName: serverName ?? host, serverCa };
}

function notListening(): SovfnError {
  return new SovfnError('no-platform', 'the platform does not listen for nodes of other hosts', {
    hint: 'Start it with `sovfn up --listen-nodes <address>:<port>`.',
  });
}
